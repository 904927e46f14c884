// Filter banks of whole signals.

import { AudiozooError } from '@audiozoo/core';
import { checkFinite, checkSamples } from './audio.js';
import { type FbankOptions, readFbankOptions } from './fbank-options.js';
import { createFbankStream } from './fbank-stream.js';
import type { FeatureExtractor, Features } from './feature-extractor.js';
import { createFraming } from './framing.js';
import { melFrequencies } from './mel-frequencies.js';
import { createRowWriter } from './rows.js';
import { createScalarAnalyzer } from './scalar-analyzer.js';
import { createVectorAnalyzer } from './vector-analyzer.js';

/**
 * Filter banks as Kaldi and `torchaudio.compliance.kaldi.fbank` compute them, in float64 inside.
 * Throws an `argument` error that names an option that is wrong; with `subtractMean`, so does its `stream`.
 */
export function createFbank(options: FbankOptions = {}): FeatureExtractor {
  const settings = readFbankOptions(options);
  const framing = createFraming(settings);
  // Equal to the last bit, so which one runs (a page's policy may forbid WebAssembly) shows in the time only.
  const analyzer = createVectorAnalyzer(settings) ?? createScalarAnalyzer(settings);
  const { columns } = analyzer;
  const writeRows = createRowWriter(settings, framing, analyzer);

  return {
    key: JSON.stringify(['fbank', settings]),
    sampleRate: settings.sampleRate,
    hopLength: settings.hopLength,
    columns,
    frequencies: settings.useEnergy ? undefined : melFrequencies(options),
    minSamples: framing.minSamples,
    frameCount: framing.frameCount,
    maxSamples: framing.maxSamples,

    compute(samples, into) {
      checkSamples(samples);
      framing.checkLength(samples.length);
      checkFinite(samples);
      const frames = framing.frameCount(samples.length);
      const data = outputFor(frames * columns, into);
      writeRows(samples, 0, samples.length, 0, data);
      if (settings.subtractMean) subtractColumnMeans(data, columns);
      return { data, frames, columns };
    },

    stream() {
      if (settings.subtractMean) {
        throw new AudiozooError({
          code: 'argument',
          what: 'subtractMean cannot be streamed, for it needs all frames at once',
          hint: 'Turn subtractMean off, or compute the features of the whole signal.',
        });
      }
      return createFbankStream(settings, framing, columns, writeRows);
    },
  };
}

/**
 * The filter bank of one signal: `createFbank(options).compute(samples)`. For many signals keep the
 * filter bank. `samples` are at `options.sampleRate`, nominally −1 to 1.
 */
export function fbank(samples: Float32Array, options: FbankOptions = {}): Features {
  return createFbank(options).compute(samples);
}

function outputFor(length: number, into: Float32Array | undefined): Float32Array {
  if (into === undefined) return new Float32Array(length);
  checkSamples(into);
  if (into.length >= length) return into.subarray(0, length);
  throw new AudiozooError({
    code: 'argument',
    what: 'the array to write features into is too short',
    expected: `at least ${length} numbers`,
    got: `${into.length}`,
  });
}

function subtractColumnMeans(data: Float32Array, columns: number): void {
  for (let column = 0; column < columns; column++) {
    let total = 0;
    for (let index = column; index < data.length; index += columns) total += data[index]!;
    const mean = total / (data.length / columns);
    for (let index = column; index < data.length; index += columns) data[index]! -= mean;
  }
}
