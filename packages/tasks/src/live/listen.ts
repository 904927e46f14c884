// Labels for sound as it comes, a prediction every hop.

import type { Tensor } from '@audiozoo/core';
import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import type { AudioPieces, ResamplingKernel } from '@audiozoo/features';
import { type AudioClassifier, checkClassifier, type LabelsAtTime } from '../classify/classifier.js';
import { type RankOptions, rankOptionKinds } from '../classify/classify-options.js';
import { listenTo } from './listen-to.js';
import { checkHop, checkSource, isMediaStream } from './listening-source.js';
import type { Dropped } from './predictions.js';

export interface ListenOptions extends RankOptions {
  /** Seconds from one prediction to the next: 0.5 when absent. */
  readonly hop?: number | undefined;
  /**
   * Whether the sound goes on while the model runs. True for a MediaStream: hops that it is too slow for are
   * dropped. False for other sources: they wait, and nothing is dropped.
   */
  readonly live?: boolean | undefined;
  /** How to change the sample rate: torchaudio's default kernel when absent. */
  readonly kernel?: ResamplingKernel | undefined;
  /** Gets the features [new frames, columns] as they come, to draw a spectrogram with. */
  readonly onFeatures?: ((features: Tensor<'float32'>) => void) | undefined;
}

const listenOptionKinds = {
  ...rankOptionKinds,
  hop: 'number',
  live: 'boolean',
  kernel: 'string',
  onFeatures: 'function',
} as const satisfies OptionKinds<ListenOptions>;

export interface Heard extends LabelsAtTime, Dropped {}

/**
 * Listens to a microphone (a MediaStream, browsers), or to samples that come in pieces, and tells the best
 * labels of the latest sound, as much as the model hears at once, every `hop` seconds. When sound from a
 * source that waits ends between two hops, there is a last prediction.
 *
 *     for await (const { labels, time } of listen(classifier, microphone, { hop: 0.5, signal })) …
 *
 * Aborting `signal` ends the loop, as `break` does; the stream's tracks stay the caller's to stop. Memory is
 * bounded. Throws `argument` and `device` errors when the sound cannot be captured, `audio` errors for
 * samples that cannot be sound, an `audio-too-short` error when a source that waits ends before the first
 * frame.
 */
export async function* listen(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'stream'>,
  source: MediaStream | AudioPieces,
  options: ListenOptions = {},
): AsyncGenerator<Heard, void, undefined> {
  checkOptions('listen', options, listenOptionKinds);
  checkClassifier(classifier, 'stream');
  checkSource(source);
  const { hop = 0.5, live = isMediaStream(source), kernel, onFeatures, topK = 5, signal } = options;
  checkHop(hop);
  const { maxSamples, sampleRate: modelRate } = classifier.frontEnd;
  yield* listenTo<LabelsAtTime>(
    source,
    { live, signal, maxSeconds: maxSamples / modelRate },
    async (audio) => {
      const { sampleRate } = audio;
      const stream = await classifier.stream({ sampleRate, kernel });
      return {
        hopSamples: Math.max(1, Math.round(hop * sampleRate)),
        async push(samples) {
          const features = await stream.push(samples);
          if (features.shape[0]! > 0) onFeatures?.(features);
          return features.shape[0]!;
        },
        async predict() {
          const { labels, time } = await stream.classify({ topK, signal });
          return { labels, time: time + (audio.skipped ?? 0) / sampleRate };
        },
        close: () => stream.close().catch(() => undefined), // a worker that failed has said so already
      };
    },
  );
}
