// What is left of a training that broke off, and how it goes on.

import { AudiozooError, type FileStore } from '@audiozoo/core';
import { trainingStateFile } from '@audiozoo/training';
import type { Session } from '../session/session.js';
import type { TrainingWatch } from './watch.js';

/** A note on what is kept, where something is. */
export async function sayHowToGoOn(
  out: FileStore,
  { step }: TrainingWatch,
  error: unknown,
  session: Session,
): Promise<void> {
  const state = await out.open(trainingStateFile);
  await state?.close();
  if (!state) return;
  const last = step();
  if (session.signal.aborted && last) {
    const { epoch, epochs, step: number, steps } = last;
    const where = `step ${number} of ${steps} in epoch ${epoch} of ${epochs}`;
    session.note(`Stopped after ${where}, which ${out.name} keeps: the same command goes on from there`);
    return;
  }
  // Of another training it says so itself.
  if (AudiozooError.isInstance(error) && error.option === 'out') return;
  session.note(`${out.name} keeps how far it was: the same command goes on from there`);
}
