// Features of frames, whatever the frames are and whatever is done to them.

import { AudiozooError } from '@audiozoo/core';
import { checkFinite, checkSamples } from './audio.js';
import type { FeatureExtractor } from './feature-extractor.js';
import type { FrameAnalysis } from './frame-analysis.js';
import { createFrameStream } from './frame-stream.js';
import type { Framing } from './framing.js';
import { createRowWriter } from './rows.js';
import { createScalarAnalyzer } from './scalar-analyzer.js';
import { createVectorAnalyzer } from './vector-analyzer.js';

/** Where frames lie, and what becomes of each. */
export interface Frames {
  readonly framing: Framing;
  readonly analysis: FrameAnalysis;
}

export interface FrameExtraction
  extends Frames,
    Pick<FeatureExtractor, 'key' | 'sampleRate' | 'frequencies'> {
  /** Turns a whole signal into the one that frames are cut from; the result lasts until the next call. */
  prepareSignal?(samples: Float32Array): Float32Array;
  /** Makes, for one signal that comes in pieces, what does so with each. */
  beginSignal?(): (samples: Float32Array) => Float32Array;
  /** What is done in place to all frames of a clip at once. */
  finishClip?(data: Float32Array, columns: number): void;
}

export function createFrameExtractor(extraction: FrameExtraction): FeatureExtractor {
  const { key, sampleRate, frequencies, framing, analysis, prepareSignal, beginSignal, finishClip } =
    extraction;
  // Equal to the last bit, so which one runs (a page's policy may forbid WebAssembly) shows in the time only.
  const analyzer = createVectorAnalyzer(analysis) ?? createScalarAnalyzer(analysis);
  const { columns } = analyzer;
  const writeRows = createRowWriter(analysis, framing, analyzer);

  return {
    key,
    sampleRate,
    hopLength: analysis.hopLength,
    columns,
    frequencies,
    minSamples: framing.minSamples,
    frameCount: framing.frameCount,
    maxSamples: framing.maxSamples,

    compute(samples, into) {
      checkSamples(samples);
      framing.checkLength(samples.length);
      checkFinite(samples);
      const frames = framing.frameCount(samples.length);
      const data = outputFor(frames * columns, into);
      writeRows(prepareSignal?.(samples) ?? samples, 0, samples.length, 0, data);
      finishClip?.(data, columns);
      return { data, frames, columns };
    },

    ...(finishClip && { finishClip: (data) => finishClip(data, columns) }),

    stream: () => createFrameStream(analysis, framing, columns, writeRows, beginSignal?.()),
  };
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
