import { AudiozooError } from '@audiozoo/core';
import type { SoundError } from '../results/result-row.js';

/** What says nothing of a sound: another would fail too. */
const ofTheModel = ['device', 'disposed', 'weights', 'model'] as const;

/** Why a sound could not be heard. Rethrows what is wrong with the model, and the reason of a signal that is aborted. */
export function soundError(error: unknown, signal: AbortSignal): SoundError {
  signal.throwIfAborted();
  if (ofTheModel.some((code) => AudiozooError.isInstance(error, code))) throw error;
  if (AudiozooError.isInstance(error)) return { code: error.code, message: error.message };
  return { code: 'runtime', message: error instanceof Error ? error.message : String(error) };
}
