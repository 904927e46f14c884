// The interface of the `audiozoo` command, on one page. What a command does is in commands/, loaded when
// it is called.

import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { AttentionFlags } from './commands/attention.js';
import type { AverageFlags } from './commands/average.js';
import type { BenchFlags } from './commands/bench.js';
import type { ClassifyFlags } from './commands/classify.js';
import type { ConvertFlags } from './commands/convert.js';
import type { EvaluateFlags } from './commands/evaluate.js';
import type { EventsFlags } from './commands/events.js';
import type { ExportFlags } from './commands/export.js';
import type { FeaturesFlags } from './commands/features.js';
import type { InitFlags } from './commands/init.js';
import type { InspectFlags } from './commands/inspect.js';
import type { ListenFlags } from './commands/listen.js';
import type { ModelsFlags } from './commands/models.js';
import type { PullFlags } from './commands/pull.js';
import type { QuantizeFlags } from './commands/quantize.js';
import { collect, decimal, frames, sha256, wholeNumber } from './flag-value.js';
import { pcmFormats } from './raw-pcm.js';
import { createSession } from './session.js';
import {
  addCommonFlags,
  addConversionFlags,
  addDeviceFlags,
  addHearingFlags,
  addPartFlags,
  addWindowFlags,
} from './shared-flags.js';

const severalModels = 'a model directory; of several (--model A --model B), probabilities are averaged';

/** The whole command. Parsing throws CommanderErrors on wrong command lines, which it has then reported. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('audiozoo')
    .description('Audio models that run anywhere JavaScript runs.')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError('(audiozoo --help lists the commands)')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 failed, 2 the command line is wrong.

Start with:
  $ audiozoo pull audioset_10_10_0.4593 --out ast-audioset
  $ audiozoo classify dog.wav --model ast-audioset`,
    );

  const convert = program
    .command('convert')
    .description('Turn a PyTorch checkpoint into a model directory (Hugging Face form).')
    .argument('<checkpoint>', 'a .pth or .pt file, or a Hugging Face directory with pytorch_model.bin')
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--json', 'what was written and assumed as JSON on stdout')
    .addHelpText(
      'after',
      `
What a checkpoint does not say is taken from the official recipes where it is one of theirs; each
assumption is printed.

Examples:
  $ audiozoo convert audioset_10_10_0.4593.pth --out ast-audioset
  $ audiozoo convert digits.pth --out digits --fstride 16 --tstride 16 --frames 128 --labels digits.csv
  $ audiozoo convert esc50.pth --out esc50 --dtype float16`,
    )
    .action(async (checkpoint: string, flags: ConvertFlags) => {
      const command = await import('./commands/convert.js');
      await command.convert(checkpoint, flags, createSession(flags, signal));
    });

  const init = program
    .command('init')
    .description('Begin a model for new labels from a trained one: a distilled DeiT of ImageNet, or an AST.')
    .requiredOption(
      '--from <path>',
      'a DeiT .pth (tiny, small, base; 224 or 384), an AST .pth, or a directory',
    )
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--seed <n>', "of the new head's random numbers", wholeNumber(0), 0)
    .option('--json', 'what was written and assumed as JSON on stdout')
    .addHelpText(
      'after',
      `
As the official code does it: position embeddings are cut from the middle or interpolated for the new input,
a picture's colours are summed in the patches' weight, and the head is new. --labels is needed.

Examples:
  $ audiozoo init --from deit_base_distilled_patch16_384.pth --labels labels.csv --out birds
  $ audiozoo init --from ast-audioset --labels esc50.csv --frames 512 --out esc50
  $ audiozoo init --from deit_tiny_distilled_patch16_224.pth --labels digits.csv --frames 128 --seed 7 --out digits`,
    )
    .action(async (flags: InitFlags) => {
      const command = await import('./commands/init.js');
      await command.init(flags, createSession(flags, signal));
    });

  program
    .command('average')
    .description('Average the weights of several checkpoints of one model.')
    .argument('<checkpoints...>', '.pth, .pt or .safetensors files, or model directories')
    .requiredOption('--out <path>', 'a safetensors file with the same names, or a model directory')
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
Nothing is written over. Names and shapes must agree, and for directories labels, input and statistics too.

Examples:
  $ audiozoo average audio_model.16.pth audio_model.17.pth audio_model.18.pth --out mean.safetensors
  $ audiozoo convert mean.safetensors --out ast-mean
  $ audiozoo average epoch-8 epoch-9 epoch-10 --out ast-mean`,
    )
    .action(async (checkpoints: string[], flags: AverageFlags) => {
      const command = await import('./commands/average.js');
      await command.average(checkpoints, flags, createSession(flags, signal));
    });

  program
    .command('models')
    .description('List the published checkpoints that `pull` knows by name, with their figures.')
    .option('--json', '[{ name, model, description, figures, checkpoint, repository }] on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo models
  $ audiozoo models --json`,
    )
    .action(async (flags: ModelsFlags) => {
      const command = await import('./commands/models.js');
      await command.models(flags, createSession(flags, signal));
    });

  const pull = program
    .command('pull')
    .description('Download a model, check it, and make a model directory of it.')
    .argument(
      '<model>',
      'a name that `models` lists, a Hugging Face repository, or the address of a checkpoint',
    )
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--revision <name>', 'branch, tag or commit of the repository (default: main)')
    .option('--sha256 <hex>', 'the checksum that the file at the address must have', sha256)
    .option('--json', 'what came and was written as JSON on stdout')
    .addHelpText(
      'after',
      `
What breaks off or is interrupted stays in a hidden folder beside <dir>; the same command goes on from there.
HF_ENDPOINT names another hub, HF_TOKEN opens private repositories, HTTPS_PROXY, HTTP_PROXY and NO_PROXY work
as usual. The flags about strides, labels and statistics are those of \`convert\`, for checkpoints at an address.

Examples:
  $ audiozoo pull audioset_10_10_0.4593 --out ast-audioset
  $ audiozoo pull MIT/ast-finetuned-speech-commands-v2 --out commands
  $ audiozoo pull https://example.org/digits.pth --out digits --fstride 16 --tstride 16 --frames 128`,
    )
    .action(async (model: string, flags: PullFlags) => {
      const command = await import('./commands/pull.js');
      await command.pull(model, flags, createSession(flags, signal));
    });

  const classify = program
    .command('classify')
    .description('Say what is heard in sound files.')
    .argument('<audio...>', 'WAV, or anything that ffmpeg reads where it is installed; - is standard input')
    .requiredOption('--model <dir>', severalModels, collect)
    .option('--top-k <n>', 'labels per file, best first', wholeNumber(1), 5)
    .addOption(
      new Option('--aggregate <how>', 'hear all of a long sound, window by window; none: tell each').choices([
        'mean',
        'max',
        'none',
      ]),
    )
    .option('--json', '[{ file, labels: [{ label, score, index }] }] on stdout')
    .option('--logits <file.npy>', 'write the raw scores: float32 [files, labels], NaN where a file failed')
    .option(
      '--frames <n|auto>',
      'another input length; auto: for each file the shortest that holds it',
      frames,
    )
    .option('--mel-bins <n>', 'another number of mel bins', wholeNumber(1))
    .addHelpText(
      'after',
      `
A file that cannot be classified fails alone: the others go on, and the exit code is 1.

Examples:
  $ audiozoo classify dog.wav --model ast-audioset
  $ audiozoo classify *.wav --model ast-audioset --top-k 1 --json > labels.json
  $ audiozoo classify concert.flac --model ast-audioset --start 60 --duration 10
  $ audiozoo classify lecture.mp3 --model ast-audioset --hop 5 --aggregate max
  $ audiozoo classify dog.wav --model ast-10-10 --model ast-16-16
  $ ffmpeg -i talk.mp4 -t 10 -f wav - | audiozoo classify - --model ast-audioset`,
    )
    .action(async (files: string[], flags: ClassifyFlags) => {
      const command = await import('./commands/classify.js');
      await command.classify(files, flags, createSession(flags, signal));
    });

  const attention = program
    .command('attention')
    .description('Draw what a model attends to: a spectrogram and the attention over it, as PNG.')
    .argument('<audio>', 'WAV, or anything that ffmpeg reads where it is installed; - is standard input')
    .requiredOption('--model <dir>', 'a model directory')
    .requiredOption('--out <file.png>', 'the picture to write')
    .option('--layer <n>', 'one layer, from 0 (default: rolled out through all layers)', wholeNumber(0))
    .option('--head <n>', 'one head of that layer, from 0 (default: the mean of all)', wholeNumber(0))
    .option('--json', 'the map over the patches as JSON on stdout, lowest frequencies first')
    .addHelpText(
      'after',
      `
Attention is that of the two class tokens, averaged, as in the official notebook.

Examples:
  $ audiozoo attention dog.wav --model ast-audioset --out dog.png
  $ audiozoo attention dog.wav --model ast-audioset --out dog-11-3.png --layer 11 --head 3
  $ audiozoo attention concert.flac --model ast-audioset --start 60 --duration 10 --out minute.png`,
    )
    .action(async (file: string, flags: AttentionFlags) => {
      const command = await import('./commands/attention.js');
      await command.attention(file, flags, createSession(flags, signal));
    });

  const events = program
    .command('events')
    .description('Say what is heard in a sound of any length, from when to when.')
    .argument('<audio>', 'WAV, or anything that ffmpeg reads where it is installed; - is standard input')
    .requiredOption('--model <dir>', severalModels, collect)
    .option('--on <score>', 'an event has this score at least once', decimal({ above: 0 }), 0.5)
    .option('--off <score>', 'and never less than this (default: half of --on)', decimal({ above: 0 }))
    .option('--median <n>', 'windows whose median smooths the scores; 1 for none', wholeNumber(1), 3)
    .option('--min-duration <s>', 'shorter events are left out', decimal({ atLeast: 0 }), 0)
    .option('--merge-gap <s>', 'events of a label so close are one', decimal({ atLeast: 0 }), 0)
    .option('--only <labels>', 'the labels to look for, by commas; may be repeated', collect)
    .option('--ignore <labels>', 'labels to leave out, by commas; may be repeated', collect)
    .addOption(
      new Option('--json', '[{ label, start, end, score, index }]').conflicts(['csv', 'audacity', 'webvtt']),
    )
    .addOption(new Option('--csv', 'start,end,label,score').conflicts(['audacity', 'webvtt']))
    .addOption(new Option('--audacity', "Audacity's label track").conflicts('webvtt'))
    .option('--webvtt', 'subtitles')
    .option('--out <file>', 'write there instead of stdout')
    .option('--png <file.png>', 'draw a timeline')
    .addHelpText(
      'after',
      `
Windows are an eighth of their length apart (--hop). The shorter they are (--window), the closer the times; the
longer, the more the model has to judge by.

Examples:
  $ audiozoo events street.wav --model ast-audioset --window 2 --png street.png
  $ audiozoo events meeting.m4a --model ast-audioset --only Speech,Laughter --audacity --out labels.txt
  $ audiozoo events digits.wav --model digits --on 0.8 --ignore unknown,silence --json`,
    )
    .action(async (file: string, flags: EventsFlags) => {
      const command = await import('./commands/events.js');
      await command.events(file, flags, createSession(flags, signal));
    });

  const listen = program
    .command('listen')
    .description('Say what is heard in raw samples on standard input, as they come.')
    .requiredOption('--model <dir>', severalModels, collect)
    .option('--rate <hz>', 'sample rate of the input', wholeNumber(100, 768_000), 16_000)
    .addOption(
      new Option('--format <format>', 'of the samples, one channel').choices(pcmFormats).default('f32le'),
    )
    .option('--hop <s>', 'seconds from one prediction to the next', decimal({ above: 0 }), 0.5)
    .option('--top-k <n>', 'labels per prediction, best first', wholeNumber(1), 1)
    .option(
      '--live',
      'leave out predictions that the model is too slow for, rather than keep the input waiting',
    )
    .option('--json', '{ time, labels: [{ label, score, index }], dropped } on stdout, a line each')
    .addHelpText(
      'after',
      `
Examples:
  $ ffmpeg -loglevel error -i talk.mp3 -ac 1 -ar 16000 -f f32le - | audiozoo listen --model ast-audioset
  $ arecord -q -t raw -c 1 -r 16000 -f S16_LE | audiozoo listen --model digits --format s16le --live --json`,
    )
    .action(async (flags: ListenFlags) => {
      const command = await import('./commands/listen.js');
      await command.listenToInput(flags, createSession(flags, signal));
    });

  const evaluate = program
    .command('evaluate')
    .description('Judge models on labelled clips: mAP, mAUC, d′, accuracy, as the official code does.')
    .requiredOption('--model <dir...>', 'a model directory; of several, probabilities are averaged')
    .option('--data <file.json>', '{ "data": [{ "wav", "labels": "/m/…,/m/…" }] }, as in the official code')
    .option('--esc50 <folder>', 'ESC-50: --fold N, or five models, the first for fold 1 and so on')
    .option('--fold <n>', 'the fold of ESC-50 that the models have not heard', wholeNumber(1, 5))
    .option('--speech-commands <folder>', 'Speech Commands: the clips in its testing_list.txt')
    .option('--labels <file.csv>', "labels in the model's order (default: the model's own)")
    .option('--audio-folder <folder>', "where clips' paths start (default: where the list is)")
    .option('--batch <n>', 'clips per run', wholeNumber(1, 4096), 1)
    .option('--progress <file>', 'keeps scores as they come (default: a file here until all is done)')
    .option('--per-class <file.csv>', "write each class's average precision and area under the ROC curve")
    .option('--scores <file.npy>', 'write probabilities: float32 [clips, labels], NaN where a clip failed')
    .option('--json', 'all figures as JSON on stdout')
    .addHelpText(
      'after',
      `
Clips longer than the model's window are cut, as in the official code. A clip that fails is left out of the
figures and listed at the end, and the exit code is 1. The same command after an interruption goes on where
it stopped.

Examples:
  $ audiozoo evaluate --model ast-audioset --data eval.json --labels class_labels_indices.csv
  $ audiozoo evaluate --model ast-1 ast-2 ast-3 --data eval.json --per-class classes.csv
  $ audiozoo evaluate --model fold1 fold2 fold3 fold4 fold5 --esc50 ESC-50-master
  $ audiozoo evaluate --model ast-speech-commands --speech-commands speech_commands_v0.02 --json`,
    )
    .action(async (flags: EvaluateFlags) => {
      const command = await import('./commands/evaluate.js');
      await command.evaluate(flags, createSession(flags, signal));
    });

  const features = program
    .command('features')
    .description("Write the features that a model hears, as NumPy's .npy: float32 [frames, mel bins].")
    .argument('<audio>', 'WAV, or anything that ffmpeg reads where it is installed; - is standard input')
    .requiredOption('--out <file.npy>', 'the file to write')
    .option('--raw', 'before padding and normalising')
    .option('--model <dir>', 'the model directory whose front end to use (default: the AudioSet preset)')
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo features dog.wav --out dog.npy
  $ audiozoo features dog.wav --out dog.npy --raw
  $ audiozoo features zero.wav --out zero.npy --model digits`,
    )
    .action(async (file: string, flags: FeaturesFlags) => {
      const command = await import('./commands/features.js');
      await command.features(file, flags, createSession(flags, signal));
    });

  program
    .command('inspect')
    .description('Show the tensors of a checkpoint or model directory, after verifying every byte.')
    .argument('<path>', 'a .pth, .pt or .safetensors file, or a model directory')
    .option('--json', '{ format, tensors: [{ name, dtype, shape }], recognised } on stdout')
    .addHelpText(
      'after',
      `
Nothing in a checkpoint is run.

Examples:
  $ audiozoo inspect audioset_10_10_0.4593.pth
  $ audiozoo inspect ast-audioset --json`,
    )
    .action(async (path: string, flags: InspectFlags) => {
      const command = await import('./commands/inspect.js');
      await command.inspect(path, flags, createSession(flags, signal));
    });

  program
    .command('export')
    .description('Write a model as ONNX in standard operators, for other runtimes.')
    .requiredOption('--model <dir>', 'a model directory')
    .requiredOption('--out <file.onnx>', 'the file to write')
    .addOption(
      new Option('--weights <where>', 'in the .onnx file, or beside it')
        .choices(['inline', 'external'])
        .default('inline'),
    )
    .addOption(
      new Option('--input <what>', 'what the graph takes: features, or samples and their lengths')
        .choices(['features', 'waveform'])
        .default('features'),
    )
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo export --model ast-audioset --out ast.onnx
  $ audiozoo export --model ast-audioset --out ast.onnx --weights external
  $ audiozoo export --model ast-audioset --out ast.onnx --input waveform`,
    )
    .action(async (flags: ExportFlags) => {
      const command = await import('./commands/export.js');
      await command.exportModel(flags, createSession(flags, signal));
    });

  program
    .command('quantize')
    .description('Store a model in fewer bytes: int8, which CPUs also run about twice as fast, or float16.')
    .requiredOption('--model <dir>', 'a model directory, its weights in floating point')
    .requiredOption('--out <dir>', 'the model directory to write')
    .addOption(
      new Option('--dtype <dtype>', 'how weights are stored').choices(['int8', 'float16']).default('int8'),
    )
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
int8: the weights of linear layers, each output channel with a scale; all else stays float32. On the CPU
(onnxruntime, WebAssembly too) they are multiplied as integers, elsewhere they are floats again once loaded.

Examples:
  $ audiozoo quantize --model ast-audioset --out ast-audioset-int8
  $ audiozoo quantize --model ast-audioset --out ast-audioset-half --dtype float16`,
    )
    .action(async (flags: QuantizeFlags) => {
      const command = await import('./commands/quantize.js');
      await command.quantize(flags, createSession(flags, signal));
    });

  const bench = program
    .command('bench')
    .description('Measure a model here: load, features, model, clips per second, real-time factor, memory.')
    .requiredOption('--model <dir>', 'a model directory')
    .option(
      '--seconds <s>',
      "length of the clips (default: the model's window, at most 10)",
      decimal({ above: 0 }),
    )
    .option('--batch <n>', 'clips per run', wholeNumber(1, 4096), 1)
    .option('--json', 'the figures as JSON on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo bench --model ast-audioset
  $ audiozoo bench --model ast-audioset --batch 4 --threads 2 --json`,
    )
    .action(async (flags: BenchFlags) => {
      const command = await import('./commands/bench.js');
      await command.bench(flags, createSession(flags, signal));
    });

  for (const command of [convert, pull, init]) addConversionFlags(command);
  for (const command of [classify, events, attention, features]) addPartFlags(command);
  for (const command of [classify, events]) addWindowFlags(command);
  for (const command of [classify, events, attention, evaluate, features]) addHearingFlags(command);
  for (const command of [classify, events, listen, attention, evaluate, bench]) addDeviceFlags(command);
  for (const command of program.commands) addCommonFlags(command);
  return program;
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
