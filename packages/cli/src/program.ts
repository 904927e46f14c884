// The interface of the `audiozoo` command, on one page. What a command does is in commands/, loaded when
// it is called.

import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { BenchFlags } from './commands/bench.js';
import type { ClassifyFlags } from './commands/classify.js';
import type { ConvertFlags } from './commands/convert.js';
import type { ExportFlags } from './commands/export.js';
import type { FeaturesFlags } from './commands/features.js';
import type { InspectFlags } from './commands/inspect.js';
import { channel, collect, decimal, wholeNumber } from './flag-value.js';
import { createSession } from './session.js';

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
  $ audiozoo convert audioset_10_10_0.4593.pth --out ast-audioset
  $ audiozoo classify dog.wav --model ast-audioset`,
    );

  program
    .command('convert')
    .description('Turn a PyTorch checkpoint into a model directory (Hugging Face form).')
    .argument('<checkpoint>', 'a .pth or .pt file, or a Hugging Face directory with pytorch_model.bin')
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--fstride <n>', 'stride of the patches along frequency', wholeNumber(1))
    .option('--tstride <n>', 'stride of the patches along time', wholeNumber(1))
    .option('--frames <n>', "the input's length in frames of 10 ms", wholeNumber(1))
    .option('--mel-bins <n>', 'mel bins of the input', wholeNumber(1))
    .option('--heads <n>', 'attention heads; a checkpoint does not say', wholeNumber(1))
    .option('--labels <file.csv>', 'index,mid,display_name, or one name per line')
    .option('--mean <x>', 'mean of the features over the training set', decimal())
    .option('--std <x>', 'standard deviation of the features over the training set', decimal({ above: 0 }))
    .addOption(
      new Option('--problem-type <type>', 'how logits become scores').choices([
        'multi_label_classification',
        'single_label_classification',
      ]),
    )
    .addOption(
      new Option('--dtype <dtype>', 'how weights are stored (default: as in the checkpoint)').choices([
        'float32',
        'float16',
        'bfloat16',
      ]),
    )
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

  const classify = program
    .command('classify')
    .description('Say what is heard in sound files.')
    .argument('<audio...>', 'WAV, or anything that ffmpeg reads where it is installed; - is standard input')
    .requiredOption('--model <dir>', 'a model directory')
    .option('--top-k <n>', 'labels per file, best first', wholeNumber(1), 5)
    .option('--json', '[{ file, labels: [{ label, score, index }] }] on stdout')
    .option('--logits <file.npy>', 'write the raw scores: float32 [files, labels], NaN where a file failed')
    .addHelpText(
      'after',
      `
A file that cannot be classified fails alone: the others go on, and the exit code is 1.

Examples:
  $ audiozoo classify dog.wav --model ast-audioset
  $ audiozoo classify *.wav --model ast-audioset --top-k 1 --json > labels.json
  $ audiozoo classify concert.flac --model ast-audioset --start 60 --duration 10
  $ ffmpeg -i talk.mp4 -t 10 -f wav - | audiozoo classify - --model ast-audioset`,
    )
    .action(async (files: string[], flags: ClassifyFlags) => {
      const command = await import('./commands/classify.js');
      await command.classify(files, flags, createSession(flags, signal));
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
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo export --model ast-audioset --out ast.onnx
  $ audiozoo export --model ast-audioset --out ast.onnx --weights external`,
    )
    .action(async (flags: ExportFlags) => {
      const command = await import('./commands/export.js');
      await command.exportModel(flags, createSession(flags, signal));
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

  for (const command of [classify, features]) addAudioFlags(command);
  for (const command of [classify, bench]) addDeviceFlags(command);
  for (const command of program.commands) addCommonFlags(command);
  return program;
}

/** Flags of commands that read sound. */
function addAudioFlags(command: Command): void {
  command
    .option('--start <s>', 'seconds from the beginning to skip', decimal({ atLeast: 0 }))
    .option('--duration <s>', 'seconds to hear (default: to the end)', decimal({ above: 0 }))
    .option('--channel <n|mean>', 'which channel of several, from 0, or their mean (default: 0)', channel)
    .addOption(
      new Option('--resampling <kernel>', "torchaudio's default kernel, or a cleaner and slower one").choices(
        ['default', 'kaiser_best'],
      ),
    );
}

/** Flags of commands that run a model. */
function addDeviceFlags(command: Command): void {
  command
    .option('--device <name>', "auto, cpu, cuda, webgpu, or the name of a plug-in's backend", 'auto')
    .addOption(new Option('--precision <dtype>', 'of the arithmetic').choices(['float32', 'float16']))
    .option('--threads <n>', 'threads of the CPU', wholeNumber(1, 1024));
}

function addCommonFlags(command: Command): void {
  command
    .option('--plugin <module>', "a third party's models or backends; may be repeated", collect)
    .option('--quiet', 'only results, warnings and errors')
    .option('--verbose', 'errors with their stack')
    .showHelpAfterError(`(audiozoo ${command.name()} --help shows how to use it)`);
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
