// How cost grows: with the length of the sound, and with the number of clips in a batch. Each entry runs in a
// process of its own, whose memory is then its own.

import { clip } from './clip.js';
import { Contestant, type Setting } from './contestant.js';
import { inTurns } from './measurements.js';

export interface GrowthRow {
  readonly weights: 'float32' | 'int8';
  /** Of sound in a clip. */
  readonly seconds: number;
  readonly clips: number;
  /** Of all clips, from sound to labels. */
  readonly milliseconds: readonly number[];
  readonly peakBytes: number;
}

interface Step {
  readonly seconds: number;
  readonly clips: number;
  readonly setting: Omit<Setting, 'threads' | 'directory'>;
}

export interface GrowthOptions {
  /** The model, in each of the forms to measure. */
  readonly directories: Readonly<Partial<Record<GrowthRow['weights'], string>>>;
  readonly threads: number;
  readonly rounds: number;
}

/** As in AST-base's input, 1024 frames for 10 seconds. */
const framesPerSecond = 102.4;

/** One clip of each length, in a model resized to hold just that. */
export function growthOverSeconds(lengths: readonly number[], options: GrowthOptions): Promise<GrowthRow[]> {
  const steps = lengths.map((seconds) => {
    const setting = { samples: clip(seconds), frames: Math.ceil(seconds * framesPerSecond) };
    return { seconds, clips: 1, setting };
  });
  return measure(steps, options);
}

/** Batches of clips of one second. */
export function growthOverClips(batches: readonly number[], options: GrowthOptions): Promise<GrowthRow[]> {
  const setting = { samples: clip(1) };
  return measure(
    batches.map((clips) => ({ seconds: 1, clips, setting })),
    options,
  );
}

async function measure(
  steps: readonly Step[],
  { directories, threads, rounds }: GrowthOptions,
): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const { seconds, clips, setting } of steps) {
    const running = Object.entries(directories).map(([weights, directory]) => ({
      weights: weights as GrowthRow['weights'],
      directory,
      contestant: new Contestant('audiozoo.mjs'),
      peakBytes: 0,
    }));
    try {
      for (const { directory, contestant } of running) {
        await contestant.load({ ...setting, threads, directory });
      }
      const times = await inTurns(running, { rounds, warmUps: 1 }, async (each) => {
        const { milliseconds, peakBytes } = await each.contestant.run('classify', { batch: clips });
        each.peakBytes = peakBytes;
        return milliseconds;
      });
      for (const each of running) {
        const { weights, peakBytes } = each;
        rows.push({ weights, seconds, clips, milliseconds: times.get(each)!, peakBytes });
      }
    } finally {
      for (const { contestant } of running) contestant.stop();
    }
  }
  return rows;
}
