// Rows of consecutive frames, wherever they lie: inside what is known of a signal many at a time, over its
// ends one by one.

import type { FrameAnalysis } from './frame-analysis.js';
import type { FrameAnalyzer } from './frame-analyzer.js';
import type { Framing } from './framing.js';

/**
 * Fills `output` with rows from frame `firstFrame` on of a signal of `sampleCount` samples. `buffer` holds
 * the part of it from sample `bufferStart`.
 */
export type RowWriter = (
  buffer: Float32Array,
  bufferStart: number,
  sampleCount: number,
  firstFrame: number,
  output: Float32Array,
) => void;

export function createRowWriter(
  { windowLength, hopLength }: FrameAnalysis,
  framing: Framing,
  { columns, analyze }: FrameAnalyzer,
): RowWriter {
  const extended = new Float32Array(windowLength);

  return (buffer, bufferStart, sampleCount, firstFrame, output) => {
    const rows = output.length / columns;
    for (let row = 0; row < rows; ) {
      const frame = firstFrame + row;
      const start = framing.frameStart(frame);
      const inside = Math.floor((sampleCount - windowLength - start) / hopLength) + 1;
      if (start >= framing.signalStart && inside > 0) {
        const count = Math.min(inside, rows - row);
        analyze(buffer, start - bufferStart, frame, count, output, row * columns);
        row += count;
      } else {
        framing.copyOverEnds(buffer, bufferStart, sampleCount, start, extended);
        analyze(extended, 0, frame, 1, output, row * columns);
        row++;
      }
    }
  };
}
