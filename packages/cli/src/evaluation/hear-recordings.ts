// Recordings with a model: its events, and its scores along time.

import {
  type Ensemble,
  hearEvents,
  type ScoredWindow,
  type SoundEvent,
  smoothedSteps,
} from '@audiozoo/tasks';
import { chooseBackend, type DeviceFlags } from '../flags/device.js';
import { loadModels } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { audioOptions, type HearingFlags } from '../flags/sound.js';
import { holdScores } from '../input/held-scores.js';
import { openAudio } from '../input/standard-input.js';
import { createProgressNotes } from '../session/progress.js';
import type { Session } from '../session/session.js';
import { eventsOfLabels } from './event-labels.js';
import type { EventsByFile, Findings, RecordingScores } from './findings.js';
import { soundFinder } from './sound-finder.js';

type Flags = DeviceFlags &
  HearingFlags & {
    readonly plugin?: readonly string[];
    readonly on: number;
    readonly median?: number;
    readonly allLabels?: true;
  };

/** The models' events of each file of a table, whose sounds are in `folder`. */
export async function hearRecordings(
  model: readonly string[],
  table: EventsByFile,
  folder: string,
  flags: Flags,
  session: Session,
): Promise<Findings> {
  const { signal } = session;
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins);
  const classifier = await loadModels(model, { models: plugins.models, backend, signal }, session);
  try {
    return await hearWith(classifier, table, folder, flags, session);
  } finally {
    await classifier.dispose();
  }
}

async function hearWith(
  classifier: Ensemble,
  table: EventsByFile,
  folder: string,
  flags: Flags,
  session: Session,
): Promise<Findings> {
  const { signal } = session;
  const reference = eventsOfLabels(table, classifier.labels, 'the model', session);
  const named = [...new Set([...reference.values()].flatMap((events) => events.map(({ label }) => label)))];
  const places = named.map((label) => classifier.labels.findIndex(({ name }) => name === label));

  const detected = new Map<string, SoundEvent[]>();
  const files = new Map<string, RecordingScores>();
  const failures: { file: string; error: unknown }[] = [];
  const held = holdScores();
  const findSound = soundFinder(folder);
  const total = reference.size;
  const bar = (await session.progress()) ?? createProgressNotes(session.note);
  try {
    for (const [done, file] of [...reference.keys()].entries()) {
      try {
        const events: SoundEvent[] = [];
        const windows: ScoredWindow[] = [];
        const listening = hearEvents(classifier, await openAudio(await findSound(file), signal), {
          ...audioOptions(flags, session),
          threshold: { on: flags.on },
          medianFilter: flags.median,
          labels: flags.allLabels ? undefined : named,
          onScores({ scores, ...times }) {
            held.add(1, 4 * places.length);
            windows.push({ ...times, scores: Float64Array.from(places, (place) => scores[place]!) });
          },
          onProgress({ done: heard, total: seconds }) {
            const part = seconds === undefined ? 0 : Math.min(1, heard / seconds);
            bar.update({ done: done + part, total, unit: 'clips' });
          },
        });
        for await (const event of listening) events.push(event);
        const steps = smoothedSteps(windows, { medianFilter: flags.median });
        detected.set(file, events);
        const single = steps.map((step) => ({ ...step, scores: Float32Array.from(step.scores) })); // as logits are
        files.set(file, { seconds: steps.at(-1)!.end, steps: single });
      } catch (error) {
        signal.throwIfAborted();
        if (held.areTooMany) throw error;
        failures.push({ file, error });
        reference.delete(file);
      }
      await session.letOthersRun();
    }
  } finally {
    bar.stop();
  }
  return { reference, detected, scores: { labels: named, files }, failures };
}
