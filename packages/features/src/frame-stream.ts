// Features of a signal that comes in pieces: the very rows that the whole signal gives, because the
// same code reads the same samples. Memory is bounded by a window and the largest piece.

import { AudiozooError } from '@audiozoo/core';
import { checkFinite } from './audio.js';
import type { FeatureStream, Features } from './feature-extractor.js';
import type { FrameAnalysis } from './frame-analysis.js';
import type { Framing } from './framing.js';
import type { RowWriter } from './rows.js';

export function createFrameStream(
  { windowLength, hopLength }: FrameAnalysis,
  framing: Framing,
  columns: number,
  writeRows: RowWriter,
  prepare: (samples: Float32Array) => Float32Array = (samples) => samples,
): FeatureStream {
  let buffer = new Float32Array(2 * windowLength);
  let bufferStart = 0; // where in the signal the buffer begins
  let received = 0; // samples of the signal so far
  let nextFrame = 0;
  let finished = false;

  /** Frames from `nextFrame` up to `end`. */
  function analyzeUpTo(end: number): Features {
    const frames = Math.max(0, end - nextFrame);
    const data = new Float32Array(frames * columns);
    writeRows(buffer, bufferStart, received, nextFrame, data);
    nextFrame += frames;
    return { data, frames, columns };
  }

  /** Forgets samples that no later frame reads; a mirrored end reads at most the last window again. */
  function forget(): void {
    const keepFrom = Math.min(received, Math.max(0, framing.frameStart(nextFrame)), received - windowLength);
    const drop = Math.max(0, keepFrom - bufferStart);
    buffer.copyWithin(0, drop, received - bufferStart);
    bufferStart += drop;
  }

  function append(samples: Float32Array): void {
    const length = received - bufferStart;
    if (length + samples.length > buffer.length) {
      const larger = new Float32Array(length + samples.length);
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(samples, length);
    received += samples.length;
  }

  function checkOpen(): void {
    if (!finished) return;
    throw new AudiozooError({
      code: 'argument',
      what: 'the stream of features has been finished',
      hint: 'Begin another stream for the next signal.',
    });
  }

  return {
    push(samples) {
      checkOpen();
      checkFinite(samples, received);
      append(prepare(samples));
      // The frames that end inside what has come. However much follows, they do not change.
      const complete = Math.floor((received - windowLength - framing.frameStart(0)) / hopLength) + 1;
      const features = analyzeUpTo(Math.min(complete, framing.frameCount(received)));
      forget();
      return features;
    },
    finish() {
      checkOpen();
      framing.checkLength(received);
      finished = true;
      return analyzeUpTo(framing.frameCount(received));
    },
  };
}
