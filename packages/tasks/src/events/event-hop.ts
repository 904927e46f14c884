import type { AudioClassifier } from '../classify/classifier.js';
import { windowSamples } from '../sound/clip-length.js';

/**
 * Seconds from one window to the next where `hearEvents` is not told: an eighth of the window, or half of it for models that
 * answer along time. The `window` is in seconds, what the model hears at a time when absent.
 */
export function eventHop(
  { frontEnd, alongTime }: Pick<AudioClassifier, 'frontEnd' | 'alongTime'>,
  window: number = windowSamples(frontEnd) / frontEnd.sampleRate,
): number {
  return window / (alongTime ? 2 : 8);
}
