import { AudiozooError } from '@audiozoo/core';
import type { SoundError } from '../results/result-row.js';

const codesOfTheModel: readonly string[] = ['device', 'disposed', 'weights', 'model'];

/** Whether an error is of the model or the machine, and says nothing of a sound: another would fail too. */
export function isOfTheModel(error: unknown): boolean {
  if (!AudiozooError.isInstance(error)) return false;
  return codesOfTheModel.includes(error.code) || error.details?.isReady === false;
}

/** Why a sound could not be heard. Rethrows what is wrong with the model, and the reason of a signal that is aborted. */
export function soundError(error: unknown, signal: AbortSignal): SoundError {
  signal.throwIfAborted();
  if (isOfTheModel(error)) throw error;
  if (AudiozooError.isInstance(error)) return { code: error.code, message: error.message };
  return { code: 'runtime', message: error instanceof Error ? error.message : String(error) };
}
