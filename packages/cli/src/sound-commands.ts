// Commands that hear sound.

import { type Command, Option } from 'commander';
import type { AttentionFlags } from './commands/attention.js';
import type { ClassifyFlags } from './commands/classify.js';
import type { EvaluateFlags } from './commands/evaluate.js';
import type { EventsFlags } from './commands/events.js';
import type { FeaturesFlags } from './commands/features.js';
import type { ListenFlags } from './commands/listen.js';
import { collect, decimal, frames, wholeNumber } from './flag-value.js';
import { pcmFormats } from './raw-pcm.js';
import { createSession } from './session.js';
import { addDeviceFlags, addHearingFlags, addPartFlags, addWindowFlags } from './shared-flags.js';

const soundFile =
  'WAV, MP3, FLAC, Ogg, Opus, WebM; where ffmpeg is installed, anything it reads; - is standard input';
const severalModels = 'a model directory; of several (--model A --model B), probabilities are averaged';

/** `classify`, `attention`, `events`, `listen`, `evaluate` and `features`. The signal stops what they do. */
export function addSoundCommands(program: Command, signal: AbortSignal): void {
  const classify = program
    .command('classify')
    .description('Say what is heard in sound files.')
    .argument('<audio...>', soundFile)
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
    .description('Draw what a model attends to: a spectrogram and the attention over it, as PNG or SVG.')
    .argument('<audio>', soundFile)
    .requiredOption('--model <dir>', 'a model directory')
    .requiredOption('--out <file.png|file.svg>', 'the picture to write')
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
    .argument('<audio>', soundFile)
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
    .option('--png <file.png|file.svg>', 'draw a timeline')
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
    .description('Judge models on labeled clips: mAP, mAUC, d′, accuracy, as the official code does.')
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
    .argument('<audio>', soundFile)
    .requiredOption('--out <file.npy>', 'the file to write')
    .option('--raw', 'before padding and normalizing')
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

  for (const command of [classify, events, attention, features]) addPartFlags(command);
  for (const command of [classify, events]) addWindowFlags(command);
  for (const command of [classify, events, attention, evaluate, features]) addHearingFlags(command);
  for (const command of [classify, events, listen, attention, evaluate]) addDeviceFlags(command);
}
