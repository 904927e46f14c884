// All models over their clips, one model in memory at a time, with every score on disk as soon as it is
// there.

import { rm, stat } from 'node:fs/promises';
import { type AnyModel, AudiozooError, type Backend } from '@audiozoo/core';
import { loadClassifier } from '@audiozoo/tasks';
import { openModel } from '../flags/model.js';
import { createProgressNotes } from '../session/progress.js';
import type { Session } from '../session/session.js';
import type { Clip } from './clip.js';
import { type FileStamp, openProgressFile, type ProgressSubject } from './progress-file.js';
import { type Outcome, type ScoringOptions, scoreClips } from './score-clips.js';

export interface Assignment {
  /** The model directory. */
  readonly model: string;
  /** The clips it has to score: their places in the data set. */
  readonly places: readonly number[];
}

export interface ScoringPlan extends ScoringOptions {
  readonly clips: readonly Clip[];
  readonly assignments: readonly Assignment[];
  readonly labels: number;
  readonly models: readonly AnyModel[];
  readonly backend: Backend;
  readonly progress: {
    readonly path: string;
    readonly subject: ProgressSubject;
    /** Whether the file stays though it holds nothing. */
    readonly keep: boolean;
  };
}

export interface ModelScores {
  /** Per model: float32 [clips, labels], NaN where it has not scored. */
  readonly tables: readonly Float32Array[];
  /** Why clips have no scores, by their places. */
  readonly failures: ReadonlyMap<number, unknown>;
}

/** Throws a `file` error when no clip is there at all; single clips that fail are told in the result. */
export async function scoreModels(plan: ScoringPlan, session: Session): Promise<ModelScores> {
  const { clips, assignments, labels, progress, signal } = plan;
  const wanted = new Set(assignments.flatMap(({ places }) => places));
  const { stamps, failures } = await stampFiles(clips, wanted, signal);

  const tables = assignments.map(() => new Float32Array(clips.length * labels).fill(Number.NaN));
  const isScored = (model: number, clip: number) => !Number.isNaN(tables[model]![clip * labels]);
  const scoresOnDisk = () =>
    assignments.reduce(
      (sum, { places }, model) => sum + places.filter((place) => isScored(model, place)).length,
      0,
    );
  const file = await openProgressFile(
    progress.path,
    progress.subject,
    labels,
    ({ model, clip, stamp, scores }) => {
      const now = stamps.get(clip); // a sound file that changed is heard again
      if (now?.bytes === stamp.bytes && now.modified === stamp.modified)
        tables[model]!.set(scores, clip * labels);
    },
    signal,
  );
  const total = assignments.reduce((sum, { places }) => sum + places.length, 0);
  const known = scoresOnDisk();
  if (known > 0) session.note(`${known} of ${total} scores are in ${progress.path} from an earlier run`);

  try {
    for (const [model, { model: directory, places }] of assignments.entries()) {
      const pending = places.filter((place) => !failures.has(place) && !isScored(model, place));
      if (pending.length === 0) continue;
      await scoreModel(plan, directory, pending, session, async (outcomes) => {
        const scored = outcomes.filter((outcome) => 'scores' in outcome);
        for (const { place, scores } of scored) tables[model]!.set(scores, place * labels);
        for (const outcome of outcomes) if ('error' in outcome) failures.set(outcome.place, outcome.error);
        await file.append(
          scored.map(({ place, scores }) => ({ model, clip: place, stamp: stamps.get(place)!, scores })),
        );
      });
    }
  } catch (error) {
    const kept = scoresOnDisk();
    if (kept > 0) {
      session.note(
        `${kept} of ${total} scores are kept in ${progress.path}: the same command goes on from there`,
      );
    } else if (!progress.keep) {
      await rm(progress.path, { force: true });
    }
    throw error;
  } finally {
    await file.close();
  }
  return { tables, failures };
}

async function scoreModel(
  { clips, models, backend, batch, audio, signal }: ScoringPlan,
  directory: string,
  pending: readonly number[],
  session: Session,
  take: (outcomes: readonly Outcome[]) => Promise<void>,
): Promise<void> {
  const classifier = await loadClassifier(await openModel(directory, models, session), {
    models,
    backend,
    signal,
  });
  session.note(`${directory} on ${classifier.device}`);
  const bar = (await session.progress()) ?? createProgressNotes(session.note);
  try {
    let done = 0;
    const sounds = pending.map((place) => ({ place, path: clips[place]!.path }));
    for await (const outcomes of scoreClips(classifier, sounds, { batch, audio, signal })) {
      await take(outcomes);
      done += outcomes.length;
      bar.update({ done, total: pending.length, unit: 'clips' });
      await session.letOthersRun();
    }
  } finally {
    bar.stop();
    await classifier.dispose();
  }
}

/** Which version of each file is there now, and which are not there. */
async function stampFiles(
  clips: readonly Clip[],
  wanted: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<{ stamps: Map<number, FileStamp>; failures: Map<number, unknown> }> {
  const stamps = new Map<number, FileStamp>();
  const failures = new Map<number, unknown>();
  for (const place of wanted) {
    signal.throwIfAborted();
    const { path } = clips[place]!;
    try {
      const { size, mtimeMs } = await stat(path);
      stamps.set(place, { bytes: size, modified: mtimeMs });
    } catch (cause) {
      failures.set(
        place,
        new AudiozooError({ code: 'file', what: `${path} cannot be opened`, got: String(cause), cause }),
      );
    }
  }
  if (stamps.size > 0) return { stamps, failures };
  throw new AudiozooError({
    code: 'file',
    what: 'none of the clips is there',
    expected: `${wanted.size} sound files`,
    got: `nothing at ${clips[[...wanted][0]!]!.path}`,
    hint: 'Say with --audio-folder where their paths start.',
  });
}
