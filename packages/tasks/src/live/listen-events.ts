// Events of sound as it comes, from models that answer along time.

import { AudiozooError, type Tensor } from '@audiozoo/core';
import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import type { AudioPieces, ResamplingKernel } from '@audiozoo/features';
import { type AudioClassifier, checkClassifier, type LabelsAtTime } from '../classify/classifier.js';
import { type RankOptions, rankOptionKinds } from '../classify/classify-options.js';
import type { ScoredWindow } from '../classify/classify-windows.js';
import { rankLabels, scoresOf } from '../classify/scores.js';
import { stepsOf } from '../events/classify-steps.js';
import { createEventDetector } from '../events/event-detector.js';
import {
  type DetectEventsOptions,
  detectionOptions,
  eventOptionKinds,
  type SoundEvent,
} from '../events/event-options.js';
import { createStepJoiner, type JoinedStep } from '../events/step-joiner.js';
import { windowLength } from '../sound/clip-length.js';
import { listenTo } from './listen-to.js';
import { checkHop, checkSource, isMediaStream } from './listening-source.js';
import type { Dropped } from './predictions.js';
import { recentSound } from './recent-sound.js';

export interface ListenEventsOptions extends DetectEventsOptions, RankOptions {
  /** Seconds from one run of the model to the next: 0.5 when absent. */
  readonly hop?: number | undefined;
  /** Seconds that the model hears in a run, the latest: as many as windows of recordings have when absent. */
  readonly window?: number | undefined;
  /** Seconds of sound that have to follow a moment before it is told of, for the model to judge by: 0.5 when absent. */
  readonly future?: number | undefined;
  /**
   * Whether the sound goes on while the model runs. True for a MediaStream: hops that it is too slow for are
   * dropped. False for other sources: they wait, and nothing is dropped.
   */
  readonly live?: boolean | undefined;
  /** How to change the sample rate: torchaudio's default kernel when absent. */
  readonly kernel?: ResamplingKernel | undefined;
  /** Gets the features [new frames, columns] as they come, to draw a spectrogram with. */
  readonly onFeatures?: ((features: Tensor<'float32'>) => void) | undefined;
  /** Gets the scores of each step, before any filter, in the order of time. */
  readonly onScores?: ((scored: ScoredWindow) => void) | undefined;
}

const listenEventsOptionKinds = {
  ...eventOptionKinds,
  ...rankOptionKinds,
  hop: 'number',
  window: 'number',
  future: 'number',
  live: 'boolean',
  kernel: 'string',
  onFeatures: 'function',
  onScores: 'function',
} as const satisfies OptionKinds<ListenEventsOptions>;

/** What was heard since the prediction before: its labels by their highest scores. */
export interface EventsHeard extends LabelsAtTime, Dropped {
  /** Seconds up to which events are told: `time` less the delay. */
  readonly until: number;
  /** Events that have ended, in the order of their ends. */
  readonly events: readonly SoundEvent[];
  /** What sounds at `until`: events that have begun, as long as they are so far. */
  readonly sounding: readonly SoundEvent[];
}

/**
 * Listens as `listen` does, to a model that answers along time, and tells events with their onsets and offsets to a step.
 * Runs of the model overlap: a step's scores are the mean of two runs, the weights of which go from one run to the next as
 * smoothly as they do in `hearEvents`. So a moment is told of with a delay of `future` and a `hop`, one hop more at the most,
 * and half the median filter. When the sound ends, all that is left is told. Before there is a window of sound, silence follows it.
 *
 *     for await (const { events, sounding, until } of listenEvents(classifier, microphone, { hop: 0.25, signal })) …
 *
 * Memory is bounded by the window and its steps. Throws as `listen` and `detectEvents` do, and an `argument` error for models
 * that answer once for each clip.
 */
export async function* listenEvents(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'labels' | 'problemType' | 'alongTime' | 'stream'>,
  source: MediaStream | AudioPieces,
  options: ListenEventsOptions = {},
): AsyncGenerator<EventsHeard, void, undefined> {
  checkOptions('listenEvents', options, listenEventsOptionKinds);
  checkClassifier(classifier, 'stream');
  checkSource(source);
  const { detection, others } = detectionOptions(options);
  const { live = isMediaStream(source), kernel, signal, onFeatures } = others;
  const { sampleRate } = classifier.frontEnd;
  const told = stepTeller(classifier, detection, others); // checks all options before anything is opened
  const listening = { live, signal, kernel, maxSeconds: told.windowSeconds, resampleTo: sampleRate };
  yield* listenTo<Omit<EventsHeard, 'dropped'>>(source, listening, async (audio) => {
    const stream = onFeatures && (await classifier.stream({ sampleRate }));
    const skippedSeconds = () => (audio.skipped ?? 0) / audio.sampleRate;
    return {
      hopSamples: told.hopSamples,
      async push(samples) {
        told.push(samples);
        const features = await stream?.push(samples);
        if (features && features.shape[0]! > 0) onFeatures?.(features);
        return told.ready();
      },
      predict: () => told.predict(skippedSeconds(), false),
      finish: () => told.predict(skippedSeconds(), true),
      close: async () => stream?.close().catch(() => undefined), // a worker that failed has said so already
    };
  });
}

function stepTeller(
  { frontEnd, labels, problemType, alongTime }: Parameters<typeof listenEvents>[0],
  detection: DetectEventsOptions,
  { hop = 0.5, future = 0.5, window, topK = 5, signal, onScores }: ListenEventsOptions,
) {
  if (!alongTime) throw notAlongTime();
  const { secondsPerStep } = alongTime;
  const { sampleRate, minSamples } = frontEnd;
  checkHop(hop, secondsPerStep);
  const step = secondsPerStep * sampleRate;
  const hopSteps = Math.round(hop / secondsPerStep);
  const windowSteps = Math.floor(windowLength(window, frontEnd, 2 * step) / step + 1e-9);
  const futureSteps = Math.round(future / secondsPerStep);
  if (!(futureSteps >= 0 && futureSteps + 2 * hopSteps <= windowSteps)) {
    throw tooLate(futureSteps, hopSteps, windowSteps, secondsPerStep);
  }
  const hopSamples = Math.round(hopSteps * step);
  const windowSize = Math.round(windowSteps * step);
  const sound = recentSound(windowSize + hopSamples);
  const detector = createEventDetector(labels, detection, secondsPerStep);
  const joiner = createStepJoiner();

  /** Rises from nothing at `future` steps before the window's end, and is nothing again two hops further back. */
  const weightIn = (steps: number, isLast: boolean) => (place: number, isTold: boolean) => {
    const share = (steps - 0.5 - place - futureSteps) / (2 * hopSteps);
    if (share < 0.5 && isLast) return 1; // nobody comes after
    if (share >= 1) return isTold ? 0 : 1; // runs were dropped
    return share <= 0 ? 0 : Math.sin(Math.PI * share) ** 2;
  };

  /** Runs the model on what is latest; resolves to the steps of which no later run tells. */
  async function hear(end: number, isLast: boolean): Promise<JoinedStep[]> {
    const lastSteps = Math.ceil(end / step - 1e-9);
    const firstStep = Math.max(0, lastSteps - windowSteps);
    const heard = sound.read(Math.round(firstStep * step), end);
    if (heard.length >= minSamples || isLast) {
      // Silence stands for what is missing at the beginning: windows of one length need one program.
      const samples = new Float32Array(heard.length < minSamples ? heard.length : windowSize);
      samples.set(heard);
      const [answer] = stepsOf(await alongTime!.logits([{ samples, sampleRate }], { signal }));
      const steps = lastSteps - firstStep; // behind them is padding
      const scores = answer!.slice(0, steps).map((logits) => scoresOf(logits, problemType));
      joiner.add(firstStep, scores, weightIn(steps, isLast));
    }
    return joiner.take(isLast ? Number.POSITIVE_INFINITY : lastSteps - futureSteps - hopSteps);
  }

  return {
    hopSamples,
    windowSeconds: windowSteps * secondsPerStep,
    push: sound.push,
    ready: () => (sound.length >= minSamples ? 1 : 0),
    async predict(skippedSeconds: number, isLast: boolean): Promise<Omit<EventsHeard, 'dropped'>> {
      const end = isLast ? sound.length : Math.floor(sound.length / hopSamples) * hopSamples;
      const seconds = end / sampleRate;
      const best = new Float64Array(labels.length);
      const events: SoundEvent[] = [];
      const steps = await hear(end, isLast);
      for (const { step, scores } of steps) {
        const start = step * secondsPerStep;
        const scored = {
          start: skippedSeconds + start,
          end: skippedSeconds + Math.min(start + secondsPerStep, seconds),
          time: skippedSeconds + start + secondsPerStep / 2,
          scores,
        };
        onScores?.(scored);
        events.push(...detector.push(scored));
        scores.forEach((score, label) => {
          best[label] = Math.max(best[label]!, score);
        });
      }
      if (isLast) events.push(...detector.finish());
      return {
        time: skippedSeconds + seconds,
        until: detector.until,
        labels: steps.length > 0 ? rankLabels(best, labels, topK) : [],
        events,
        sounding: isLast ? [] : detector.sounding(),
      };
    },
  };
}

function notAlongTime(): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'this model answers once for each clip',
    expected: 'one that answers along time, with an output `frameLogits`',
    hint: 'Use `listen`, or `hearEvents` for recordings.',
  });
}

function tooLate(future: number, hop: number, window: number, secondsPerStep: number): AudiozooError {
  const seconds = (steps: number) => (steps * secondsPerStep).toFixed(2);
  return new AudiozooError({
    code: 'argument',
    what: 'the window is too short for the hop and the sound to come',
    expected: `two hops and \`future\` within ${seconds(window)} seconds`,
    got: `hop ${seconds(hop)}, future ${seconds(future)}`,
    option: ['window', 'hop', 'future'],
  });
}
