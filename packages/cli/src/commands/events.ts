import {
  byStart,
  type HearEventsOptions,
  hearEvents,
  type SoundEvent,
  zeroShotClassifier,
} from '@audiozoo/tasks';
import { Command, Option } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import {
  checkDetectionFlags,
  checkProcessingFlags,
  detectionFlags,
  detectionOptions,
  processingFlags,
  readByLabel,
} from '../flags/detection.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { collect, collectWords } from '../flags/flag-value.js';
import { loadModels, severalModels } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import {
  audioOptions,
  batchFlags,
  hearingFlags,
  partFlags,
  soundFile,
  windowFlags,
  windowOptions,
} from '../flags/sound.js';
import { hearBoxes } from '../input/hear-boxes.js';
import { openAudio } from '../input/standard-input.js';
import { eventLine, eventsAudacity, eventsCsv, eventsWebVtt } from '../output/event-format.js';
import { checkOutput, writeOutput, writePicture } from '../output/output-file.js';
import { createSession, type Session, UsageError } from '../session/session.js';

/** What labels in words are set against where nobody says. */
const background = ['background noise', 'silence'];

const declared = addFlags(
  new Command('events')
    .description('Say what is heard in a sound of any length, from when to when.')
    .argument('<audio>', soundFile)
    .requiredOption('--model <dir>', severalModels, collect)
    .option(
      '--label <text>',
      'in words, what to listen for, for models that read words; may be repeated',
      collectWords,
    )
    .option(
      '--against <text>',
      `in words, what is heard where no --label is; may be repeated (default: ${background.join(', ')})`,
      collectWords,
    )
    .option('--template <text>', "what each of both is put into, in the place of {} (default: the model's)")
    .addOption(
      new Option('--json', '[{ label, start, end, score, index }]').conflicts(['csv', 'audacity', 'webvtt']),
    )
    .addOption(new Option('--csv', 'start,end,label,score').conflicts(['audacity', 'webvtt']))
    .addOption(new Option('--audacity', "Audacity's label track").conflicts('webvtt'))
    .option('--webvtt', 'subtitles')
    .option('--out <file>', 'write there instead of stdout')
    .option('--png <file.png|file.svg>', 'draw a timeline')
    .option(
      '--amid-silence',
      'windows lie in silence: half as long, --median 5 (for events that follow each other closely)',
    )
    .addHelpText(
      'after',
      `
Windows are an eighth of their length apart (--hop). The shorter they are (--window), the closer the times; the
longer, the more the model has to judge by. Models that answer along time (frame_mn) tell of each step: their
windows are half their length apart, and --median is in steps.

Events that follow each other within a window are taken for one by models that were taught one at a time: --amid-silence
tells them apart. It hears twice as many windows, half as long, each in the middle of silence, and smooths them more.

The score of a --label says how much nearer the sound is to it than to what it is set --against, each label for itself:
0.5 where it is as near. Name what else is to be heard, such as music, to tell labels from it too.

--post-processing sebbs gives sound event bounding boxes: an event lasts from where its score rises to where it falls, its
score is the mean in between, and those above --on are told. It holds the scores of the labels until the end.

Examples:
  $ audiozoo events street.wav --model ast-audioset --window 2 --png street.png
  $ audiozoo events meeting.m4a --model ast-audioset --only Speech,Laughter --audacity --out labels.txt
  $ audiozoo events street.wav --model frame_mn10 --median-seconds 0.4 --by-label labels.json
  $ audiozoo events yard.wav --model laion/clap-htsat-unfused --label "a dog barks" --window 4
  $ audiozoo events digits.wav --model digits --on 0.8 --ignore unknown,silence --json
  $ audiozoo events fast-talk.wav --model digits --amid-silence --ignore silence`,
    ),
  detectionFlags,
  processingFlags,
  partFlags,
  windowFlags,
  batchFlags,
  hearingFlags,
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((file, flags, called) => events(file, flags, createSession(called, signal)));

async function events(file: string, flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  checkDetectionFlags(flags);
  checkProcessingFlags(flags);
  const { label: labels, against = background, template } = flags;
  if (!labels && (flags.against || template !== undefined))
    throw new UsageError('--against and --template need --label.');
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins);
  for (const path of [flags.out, flags.png]) if (path !== undefined) await checkOutput(path);

  const byLabel = await readByLabel(flags.byLabel);
  const found: SoundEvent[] = [];
  let heard = 0;
  const classifier = await loadModels(
    flags.model,
    { models: plugins.models, backend, signal },
    session,
    labels &&
      ((store, own) =>
        zeroShotClassifier(store, { ...own, labels, against, template, onNote: session.warn })),
  );
  const progress = await session.progress();
  try {
    const hearing: HearEventsOptions = {
      ...audioOptions(flags, session),
      ...windowOptions(flags),
      amidSilence: flags.amidSilence,
      ...detectionOptions(flags, byLabel, classifier.labels),
      onProgress(told) {
        heard = told.done;
        progress?.update(told);
      },
    };
    const sound = await openAudio(file, signal);
    if (flags.postProcessing === 'sebbs') {
      const boxes = await hearBoxes(classifier, sound, hearing, {
        threshold: flags.on,
        stepSeconds: flags.stepFilter,
        mergeDifference: flags.mergeDifference,
        mergeRatio: flags.mergeRatio,
      });
      for (const box of boxes) if (box.end - box.start >= (flags.minDuration ?? 0)) found.push(box);
    } else {
      for await (const event of hearEvents(classifier, sound, hearing)) found.push(event);
    }
  } finally {
    progress?.stop();
    await classifier.dispose();
  }
  found.sort(byStart);

  if (flags.png !== undefined) {
    const start = flags.start ?? 0;
    const { drawTimeline } = await import('@audiozoo/pictures');
    const picture = drawTimeline({ events: found, start, end: start + heard, title: file });
    await writePicture(flags.png, picture, signal);
  }
  const text = format(found, flags);
  if (flags.out !== undefined) await writeOutput(flags.out, Buffer.from(`${text}\n`), signal);
  else if (flags.json) session.printJson(found);
  else if (text !== '') session.print(text);
  session.note(`${found.length} events in ${heard.toFixed(1)} seconds`);
}

function format(found: readonly SoundEvent[], { json, csv, audacity, webvtt }: Flags): string {
  if (json) return JSON.stringify(found, null, 2);
  if (csv) return eventsCsv(found);
  if (audacity) return eventsAudacity(found);
  if (webvtt) return eventsWebVtt(found);
  return found.map(eventLine).join('\n');
}
