// The events of a sound of any length, as it is heard.

import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import type { AudioPieces, AudioSource } from '@audiozoo/features';
import { type AudioClassifier, checkClassifier } from '../classify/classifier.js';
import { movableWindowKinds, type WindowOptions } from '../classify/classify-options.js';
import { classifyWindows, type ScoredWindow } from '../classify/classify-windows.js';
import { windowSamples } from '../sound/clip-length.js';
import { classifySteps } from './classify-steps.js';
import { createEventDetector } from './event-detector.js';
import {
  type DetectEventsOptions,
  detectionOptions,
  eventOptionKinds,
  type SoundEvent,
} from './event-options.js';

export interface HearEventsOptions extends DetectEventsOptions, Omit<WindowOptions, 'centered'> {
  /** Gets the scores of each window or step, before any filter, for those who draw them. */
  readonly onScores?: ((scored: ScoredWindow) => void) | undefined;
}

const hearEventsOptionKinds = {
  ...eventOptionKinds,
  ...movableWindowKinds,
  onScores: 'function',
} as const satisfies OptionKinds<HearEventsOptions>;

/**
 * The events of a sound of any length, each as soon as it is certain, in flat memory. The windows are
 * centered on their times, and an eighth of their length apart when `hop` is absent. The shorter the
 * `window`, the closer the times; the longer, the more the model has to judge by. Models that answer along time
 * (`frameLogits`) tell onsets and offsets to a step: their windows are half their length apart, a step's scores are the
 * mean of those that tell of it, the middle of a window counting most, and `medianFilter` is in steps.
 *
 *     for await (const { label, start, end } of hearEvents(classifier, 'street.wav', { window: 2 })) …
 *
 * Throws as `classifyWindows` and `detectEvents` do.
 */
export async function* hearEvents(
  classifier: Pick<
    AudioClassifier,
    'frontEnd' | 'problemType' | 'labels' | 'logits' | 'alongTime' | 'decoders'
  >,
  sound: AudioSource | AudioPieces,
  options: HearEventsOptions = {},
): AsyncGenerator<SoundEvent, void, undefined> {
  checkOptions('hearEvents', options, hearEventsOptionKinds);
  checkClassifier(classifier, 'logits');
  const { onScores, ...given } = options;
  const { detection, others: windowOptions } = detectionOptions(given);
  const { frontEnd, alongTime, labels } = classifier;
  const { window = windowSamples(frontEnd) / frontEnd.sampleRate, hop = window / 8 } = windowOptions;
  const detector = createEventDetector(labels, detection, alongTime?.secondsPerStep ?? hop);
  const windows = alongTime
    ? classifySteps(classifier, alongTime, sound, windowOptions)
    : classifyWindows(classifier, sound, { ...windowOptions, window, hop, centered: true });
  for await (const scored of windows) {
    onScores?.(scored);
    yield* detector.push(scored);
  }
  yield* detector.finish();
}
