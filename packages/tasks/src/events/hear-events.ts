// The events of a sound of any length, as it is heard.

import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import type { AudioPieces, AudioSource } from '@audiozoo/features';
import { type AudioClassifier, checkClassifier } from '../classify/classifier.js';
import { movableWindowKinds, type WindowOptions } from '../classify/classify-options.js';
import { classifyWindows, type ScoredWindow } from '../classify/classify-windows.js';
import { windowSamples } from '../sound/clip-length.js';
import { hearingAmidSilence } from './amid-silence.js';
import { classifySteps } from './classify-steps.js';
import { createEventDetector } from './event-detector.js';
import { eventHop } from './event-hop.js';
import {
  type DetectEventsOptions,
  detectionOptions,
  eventOptionKinds,
  type SoundEvent,
} from './event-options.js';

export interface HearEventsOptions extends DetectEventsOptions, Omit<WindowOptions, 'centered'> {
  /**
   * Whether windows lie in the midst of silence, rather than being padded as short clips are, with half the model's `window`
   * and a `medianFilter` of 5 when those are absent: for models that were taught one word or sound at a time and recordings
   * in which another follows within their window, which they take for one thing. Windows are as many again as without.
   */
  readonly amidSilence?: boolean | undefined;
  /** Gets the scores of each window or step, before any filter, for those who draw them. */
  readonly onScores?: ((scored: ScoredWindow) => void) | undefined;
}

const hearEventsOptionKinds = {
  ...eventOptionKinds,
  ...movableWindowKinds,
  amidSilence: 'boolean',
  onScores: 'function',
} as const satisfies OptionKinds<HearEventsOptions>;

/**
 * The events of a sound of any length, each as soon as it is certain, in flat memory. The windows are
 * centered on their times, and an eighth of their length apart when `hop` is absent. The shorter the
 * `window`, the closer the times; the longer, the more the model has to judge by, and the more of what follows each other
 * closely goes unheard (`amidSilence`). Models that answer along time
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
  const { onScores, amidSilence = false, ...given } = options;
  const { frontEnd, alongTime, labels } = classifier;
  const heard = amidSilence ? hearingAmidSilence(classifier) : classifier;
  const { detection, others } = detectionOptions(given);
  const whole = windowSamples(frontEnd) / frontEnd.sampleRate;
  const { window = amidSilence ? whole / 2 : whole } = others;
  const { hop = eventHop(classifier, window) } = others;
  const { medianFilter = amidSilence && detection.medianSeconds === undefined ? 5 : undefined } = detection;
  const windowOptions = { ...others, window, hop };
  const smoothed = { ...detection, medianFilter };
  const detector = createEventDetector(labels, smoothed, alongTime?.secondsPerStep ?? hop);
  const windows = alongTime
    ? classifySteps(classifier, alongTime, sound, windowOptions)
    : classifyWindows(heard, sound, { ...windowOptions, centered: true });
  for await (const scored of windows) {
    onScores?.(scored);
    yield* detector.push(scored);
  }
  yield* detector.finish();
}
