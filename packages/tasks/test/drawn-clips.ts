// Clips too large to be kept as files: drawn in whole numbers, as make.py in fixtures/event-metrics does.

import type { ScoredClip, TimedEvent } from '@audiozoo/tasks';

export interface DrawnClips {
  readonly seed: number;
  readonly clips: number;
  readonly labels: readonly string[];
  /** Of 40 ms, in each clip. */
  readonly steps: number;
  /** Numbers that a score is the mean of. */
  readonly smooth: number;
}

export function drawClips({ seed, clips, labels, steps, smooth }: DrawnClips): ScoredClip[] {
  return Array.from({ length: clips }, (_, clip) => {
    const reference: TimedEvent[] = [];
    const columns = labels.map((label, place) => {
      const numbers = drawNumbers(seed + 1000 * clip + place, 2 * steps + smooth);
      const heard = new Uint8Array(steps);
      let next = steps + smooth;
      for (let milliseconds = 0; ; next += 3) {
        const start = milliseconds + 20 * numbers[next]!;
        const end = start + 100 + 4 * numbers[next + 1]!;
        if (end > 40 * steps) break;
        if (clip % 5 < 4) reference.push({ label, start: start / 1000, end: end / 1000 });
        if (numbers[next + 2]! < 900) heard.fill(1, Math.floor(start / 40), Math.floor(end / 40));
        milliseconds = end + 50;
      }
      return Float64Array.from(heard, (isHeard, step) => {
        const sum = numbers.subarray(step, step + smooth).reduce((a, b) => a + b);
        return (sum + 200 * smooth * isHeard) / (1224 * smooth);
      });
    });
    const scored = Array.from({ length: steps }, (_, step) => ({
      start: (step * 40) / 1000,
      end: ((step + 1) * 40) / 1000,
      scores: Float64Array.from(columns, (column) => column[step]!),
    }));
    return { seconds: (steps * 40) / 1000, reference, steps: scored };
  });
}

/** 0 to 1023, by mulberry32. */
function drawNumbers(seed: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, place) => {
    const state = (seed + Math.imul(place + 1, 0x6d2b79f5)) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 22;
  });
}
