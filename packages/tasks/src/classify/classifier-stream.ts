// Sound that comes in pieces, heard where the model runs: resampled, turned into features and remembered as
// far back as the model hears. Memory is bounded by that window and the largest piece.

import { AudiozooError, type FrontEnd } from '@audiozoo/core';
import { createResampler } from '@audiozoo/features';
import type { AudioClassifier, ClassifierStream, StreamOptions } from './classifier.js';

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
