// One training, or what has come of it already.

import {
  type FineTuned,
  type FineTuneOptions,
  findTraining,
  fineTune,
  type Recipe,
  type TrainingRecord,
} from '@audiozoo/training';
import type { Session } from '../session/session.js';
import { sayHowToGoOn } from './go-on.js';
import { watchTraining } from './watch.js';

export type Trained = { readonly found: TrainingRecord } | { readonly tuned: FineTuned };

export type OneTraining = FineTuneOptions & { readonly recipe: Recipe };

/** Trains under a progress bar, unless `isDone` says that what the folder holds is all that is wanted. */
export async function trainOnce(
  options: OneTraining,
  session: Session,
  { name, isDone }: { readonly name?: string; readonly isDone: (found: TrainingRecord) => boolean },
): Promise<Trained> {
  const found = await findTraining(options);
  if (found && isDone(found)) return { found };
  const watch = await watchTraining(session, { epochs: options.recipe.epochs, name });
  try {
    return { tuned: await fineTune({ ...options, onProgress: watch.onProgress }) };
  } catch (error) {
    watch.stop();
    await sayHowToGoOn(options.out, watch, error, session);
    throw error;
  } finally {
    watch.stop();
  }
}
