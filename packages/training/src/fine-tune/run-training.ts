// A training from where it is to its end, which keeps how far it is.

import { storedParameters } from '@audiozoo/core/plugin';
import { trainingLog } from '../report/training-log.js';
import { beginning, type Place, trainEpochs } from './epochs.js';
import type { FineTuneOptions } from './fine-tune-options.js';
import { keepEpoch } from './kept/kept-epochs.js';
import { type TrainingFolder, writeText } from './kept/training-folder.js';
import { type TrainingRecord, writeRecord } from './kept/training-record.js';
import { readState, type TrainingSubject, writeState } from './kept/training-state.js';
import type { Training, TrainingSession } from './training-session.js';

/** Milliseconds between two times that the state is kept, at least; and how many times as long as keeping it took. */
const leastPause = 1000;
const keepingShare = 20;

export interface RunOptions {
  readonly options: FineTuneOptions;
  readonly record: TrainingRecord;
  readonly subject: TrainingSubject;
  readonly learningRate: number;
}

/** Trains from where it is to the end, keeping how far it is. */
export async function runTraining(
  { model, begun, selection, recipe, seed, clips, validation, folder, signal }: Training,
  { trainer, batches, microBatch, judge }: TrainingSession,
  { subject, learningRate, record, options: { choose, onProgress } }: RunOptions,
): Promise<{ readonly place: Place; readonly isResumed: boolean }> {
  const before = await readState(folder, subject);
  await writeRecord(folder, record);
  const place = before?.place ?? beginning();
  if (before) {
    trainer.restore(before.trainer);
    onProgress?.({ phase: 'resumed', epoch: place.epoch, step: place.step });
  }
  let isKept = true;
  let nextKeep = performance.now() + leastPause;
  const keep = async () => {
    const start = performance.now();
    await writeState(folder, subject, { trainer: trainer.state(), place });
    await writeLog(folder, place);
    isKept = true;
    const end = performance.now();
    nextKeep = end + Math.max(leastPause, keepingShare * (end - start));
  };
  const headNames = new Set(storedParameters(model.parts?.(begun.config).head).map(({ name }) => name));
  const head = new Set(selection.trained.filter((name) => headNames.has(name)));
  try {
    await trainEpochs({
      ...{ trainer, recipe, learningRate, seed, clips, batches, microBatch, head },
      ...{ judge: validation && judge, place, signal },
      onStep: (step) => onProgress?.({ phase: 'training', ...step }),
      async save(kind) {
        isKept = false;
        if (kind === 'epoch') {
          if (choose === 'later') await keepEpoch(folder, place.epoch, trainer.weights());
          onProgress?.({ phase: 'epoch', record: place.records.at(-1)! });
        }
        if (performance.now() >= nextKeep) await keep();
      },
    });
  } catch (error) {
    // After another error, of a thread that ended, say, the weights may be lost.
    if (signal?.aborted && !isKept) await keep();
    throw error;
  }
  if (!isKept) await keep(); // the model is still to be judged and written
  return { place, isResumed: before !== undefined };
}

/** Whole and anew, so that it tells of what is kept and of nothing else. */
function writeLog(folder: TrainingFolder, { records }: Place): Promise<void> {
  return writeText(folder, 'log.jsonl', trainingLog(records));
}
