import { addAbortSignal } from 'node:stream';
import { oneLine } from '@audiozoo/core/plugin';
import { type AudioPieces, type Ensemble, listen, listenEvents, type SoundEvent } from '@audiozoo/tasks';
import { Command, Option } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf, refuseFlags } from '../flags/common.js';
import {
  checkDetectionFlags,
  detectionFlags,
  detectionOptions,
  readByLabel,
  refuseDetectionFlags,
} from '../flags/detection.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { collect, decimal, wholeNumber } from '../flags/flag-value.js';
import { loadModels, severalModels } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { decodePcm, pcmFormats } from '../input/standard-input.js';
import { eventLine } from '../output/event-format.js';
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
    .option(
      '--window <s>',
      "of events: seconds heard at a time (default: the model's)",
      decimal({ above: 0 }),
    )
    .option(
      '--future <s>',
      'of events: seconds of sound that follow a moment before it is told of (default: 0.5)',
      decimal({ atLeast: 0 }),
    )
    .option('--top-k <n>', 'labels per prediction, best first; of events in JSON alone', wholeNumber(1), 1)
    .option(
      '--live',
      'leave out predictions that the model is too slow for, rather than keep the input waiting',
    )
    .option(
      '--json',
      '{ time, labels: [{ label, score, index }], dropped } on stdout, a line each; of events also until, events, sounding',
    )
    .addHelpText(
      'after',
      `
Of models that answer along time (frame_mn) it tells events, as \`audiozoo events\` does, to the step: a line where one
begins, and one where it has ended. They are told late by --future, one or two --hop, and half of --median; in JSON,
\`until\` says up to when.

Examples:
  $ ffmpeg -loglevel error -i talk.mp3 -ac 1 -ar 16000 -f f32le - | audiozoo listen --model ast-audioset
  $ arecord -q -t raw -c 1 -r 16000 -f S16_LE | audiozoo listen --model digits --format s16le --live --json
  $ arecord -q -t raw -c 1 -r 16000 -f S16_LE | audiozoo listen --model frame_mn10 --format s16le --live --hop 0.25`,
    ),
  detectionFlags,
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
  checkDetectionFlags(flags);
  const byLabel = await readByLabel(flags.byLabel);
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
  try {
    if (classifier.alongTime) await tellEvents(classifier, source, { flags, byLabel, signal: stop }, session);
    else await tellLabels(classifier, source, { flags, signal: stop }, session);
  } finally {
    await classifier.dispose();
  }
  signal.throwIfAborted();
}

async function tellLabels(
  classifier: Ensemble,
  source: AudioPieces,
  { flags, signal }: { readonly flags: Flags; readonly signal: AbortSignal },
  session: Session,
): Promise<void> {
  const { window, future } = flags;
  const why = 'is about events along time, and this model answers once for each window';
  refuseDetectionFlags(flags, why);
  refuseFlags({ window, future }, why);
  const { hop, topK, live = false } = flags;
  for await (const heard of listen(classifier, source, { hop, topK, live, signal })) {
    const { time, labels, dropped } = heard;
    if (flags.json) {
      session.printJson({ time, labels, dropped }, { indent: false });
      continue;
    }
    const best = labels.map(({ label, score }) => `${percentage(score).padStart(7)}  ${oneLine(label)}`);
    session.print(`${time.toFixed(2).padStart(9)} s${best.join('')}`);
  }
}

/** For people a line where an event begins, and one where it has ended. */
async function tellEvents(
  classifier: Ensemble,
  source: AudioPieces,
  {
    flags,
    byLabel,
    signal,
  }: {
    readonly flags: Flags;
    readonly byLabel: Awaited<ReturnType<typeof readByLabel>>;
    readonly signal: AbortSignal;
  },
  session: Session,
): Promise<void> {
  const { hop, topK, live = false, window, future } = flags;
  const options = { hop, topK, live, window, future, signal };
  let begun = new Set<string>();
  let delay: number | undefined;
  for await (const heard of listenEvents(classifier, source, {
    ...options,
    ...detectionOptions(flags, byLabel, classifier.labels),
  })) {
    const { time, until, labels, events, sounding, dropped } = heard;
    if (delay === undefined && until > 0) {
      delay = time - until;
      session.note(`Events are told ${delay.toFixed(2)} to ${(delay + hop).toFixed(2)} seconds late`);
    }
    if (flags.json) {
      session.printJson({ time, until, labels, events, sounding, dropped }, { indent: false });
      continue;
    }
    const key = ({ index, start }: SoundEvent) => `${index} ${start}`;
    for (const event of events) session.print(eventLine(event));
    for (const { label, start, ...event } of sounding) {
      if (!begun.has(key({ label, start, ...event }))) session.print(eventLine({ label, start }));
    }
    begun = new Set(sounding.map(key));
  }
}
