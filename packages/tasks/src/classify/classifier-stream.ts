// Sound that comes in pieces, heard where the model runs: resampled, turned into features and remembered as
// far back as the model hears. Memory is bounded by that window and the largest piece.

import { AudiozooError, type FrontEnd, type Tensor } from '@audiozoo/core';
import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import { createResampler, type ResamplingKernel } from '@audiozoo/features';
import type { AudioClassifier, RankOptions } from './audio-classifier.js';
import type { ScoredLabel } from './scores.js';

export interface StreamOptions {
  /** Hertz of the samples that will come. */
  readonly sampleRate: number;
  /** How to change the sample rate: torchaudio's default kernel when absent. */
  readonly kernel?: ResamplingKernel | undefined;
}

const streamOptionKinds = {
  sampleRate: 'number',
  kernel: 'string',
} as const satisfies OptionKinds<StreamOptions>;

/** Throws an `argument` error unless these are options of a stream. */
export function checkStreamOptions(options: StreamOptions): void {
  checkOptions('stream', options, streamOptionKinds);
}

/** What was heard up to a time. */
export interface LabelsAtTime {
  /** Best first. */
  readonly labels: readonly ScoredLabel[];
  /** Seconds of sound so far. */
  readonly time: number;
}

export interface ClassifierStream {
  /**
   * Takes the next samples of one channel. Resolves to the features [new frames, columns] that they
   * complete. Throws an `audio` error when one is NaN or infinite.
   */
  push(samples: Float32Array): Promise<Tensor<'float32'>>;
  /**
   * The best labels of the latest window; what is missing at the beginning is padded as short clips are.
   * Throws an `audio-too-short` error before there is a frame.
   */
  classify(options?: RankOptions): Promise<LabelsAtTime>;
  close(): Promise<void>;
}

/** A stream over a front end; throws an `audio` error on sample rates that cannot be used. */
export function classifierStream(
  frontEnd: FrontEnd,
  classifyInputs: AudioClassifier['classifyInputs'],
  { sampleRate, kernel }: StreamOptions,
): ClassifierStream {
  const resampler = createResampler(sampleRate, frontEnd.sampleRate, { kernel });
  const heard = frontEnd.stream();
  let samplesHeard = 0;
  let closed = false;
  const checkOpen = () => {
    if (closed)
      throw new AudiozooError({ code: 'disposed', what: 'the stream is closed', hint: 'Begin another.' });
  };
  return {
    async push(samples) {
      checkOpen();
      const features = heard.push(resampler.push(samples));
      samplesHeard += samples.length;
      return features;
    },
    async classify(options) {
      checkOpen();
      const time = samplesHeard / sampleRate;
      return { labels: await classifyInputs(heard.inputs(), options), time };
    },
    async close() {
      closed = true;
    },
  };
}
