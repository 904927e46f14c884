import { addAbortSignal } from 'node:stream';
import { oneLine } from '@audiozoo/core/plugin';
import { listen } from '@audiozoo/tasks';
import { Command, Option } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { collect, decimal, wholeNumber } from '../flags/flag-value.js';
import { loadModels, severalModels } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { decodePcm, pcmFormats } from '../input/standard-input.js';
import { percentage } from '../output/format.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('listen')
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
    ),
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => listenToInput(flags, createSession(called, signal)));

async function listenToInput(flags: Flags, session: Session): Promise<void> {
  if (process.stdin.isTTY) {
    throw new UsageError('samples come from standard input: ffmpeg … -f f32le - | audiozoo listen …');
  }
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins);
  const { signal } = session;
  const classifier = await loadModels(flags.model, { models: plugins.models, backend, signal }, session);

  const unread = new AbortController(); // nobody reads on: sound that never ends must not be heard forever
  process.stdout.once('error', () => unread.abort());
  const stop = AbortSignal.any([signal, unread.signal]);
  const input = addAbortSignal(stop, process.stdin);
  const samples = decodePcm(input, flags.format, (bytes) =>
    session.warn(`the input ends within a sample: ${bytes} bytes more. Is it --format ${flags.format}?`),
  );
  const source = { sampleRate: flags.rate, [Symbol.asyncIterator]: () => samples };
  const { hop, topK, live = false } = flags;
  try {
    for await (const { time, labels, dropped } of listen(classifier, source, {
      hop,
      topK,
      live,
      signal: stop,
    })) {
      if (flags.json) {
        session.printJson({ time, labels, dropped }, { indent: false });
        continue;
      }
      const best = labels.map(({ label, score }) => `${percentage(score).padStart(7)}  ${oneLine(label)}`);
      session.print(`${time.toFixed(2).padStart(9)} s${best.join('')}`);
    }
  } finally {
    await classifier.dispose();
  }
  signal.throwIfAborted();
}
