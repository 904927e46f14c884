// The same model and clip in every library: times in turns, loading and memory in fresh processes.

import { spawnSync } from 'node:child_process';
import { clip } from './clip.js';
import { Contestant, type Setting } from './contestant.js';
import { inTurns, median } from './measurements.js';
import { operations } from './operations.js';
import { productGraph, productOperations } from './product-graph.js';

export interface ComparisonOptions {
  /** AST-base, with the peers' graphs in it, and the same in int8. */
  readonly directory: string;
  readonly int8Directory: string;
  readonly python: string;
  readonly rounds: number;
  readonly coldRounds: number;
  readonly threads: readonly number[];
  readonly batches: readonly number[];
}

/** One way to run the model. */
export interface Way {
  readonly library: 'audiozoo' | 'transformers.js' | 'PyTorch';
  readonly weights: 'float32' | 'int8' | 'q8';
}

/** Series of figures, one for each round. */
export interface Row extends Way {
  readonly threads: number;
  readonly batch: number;
  /** Of one clip, from sound to labels. */
  readonly milliseconds: readonly number[];
  /** Of one clip, in this library. */
  readonly operations: number;
  /** Share of the best that this CPU did in a product of such numbers, with as many threads. */
  readonly peakShare: number;
}

export interface Cold extends Way {
  readonly loadMilliseconds: readonly number[];
  readonly peakBytes: readonly number[];
}

export interface Peak {
  readonly threads: number;
  readonly integers: boolean;
  readonly operationsPerSecond: number;
}

export interface Comparison {
  readonly rows: readonly Row[];
  /** With as many threads as the last rows. */
  readonly features: readonly (Way & { readonly milliseconds: readonly number[] })[];
  readonly cold: readonly Cold[];
  readonly peaks: readonly Peak[];
  /** The largest difference of any library's float32 logits from audiozoo's. */
  readonly logitDifference: number;
  readonly operations: Awaited<ReturnType<typeof operations>>;
}

/** All compute in float32, but with other kernels, and features differ in their last digits. */
const logitTolerance = 1e-3;
/** onnxruntime plans its memory after the first run; from the third on no library's grows. */
const coldClassifications = 4;
const featuresPerRound = 10;
/** A peak is rare on a busy machine. */
const productsPerRound = 10;

type Entry = Way & { readonly script: string; readonly setting: Omit<Setting, 'threads'> };

/** PyTorch's own version, or undefined where the Python cannot run AST. */
export function pytorchVersion(python: string): string | undefined {
  const look = 'import torch, torchaudio, transformers; print(torch.__version__)';
  const { status, stdout } = spawnSync(python, ['-c', look], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

export async function compare(options: ComparisonOptions): Promise<Comparison> {
  const { directory, int8Directory, python, batches, rounds } = options;
  const samples = clip();
  const ours = { library: 'audiozoo', script: 'audiozoo.mjs' } as const;
  const peer = { library: 'transformers.js', script: 'peers/transformers-js.mjs' } as const;
  const entries: readonly Entry[] = [
    { ...ours, weights: 'float32', setting: { directory, samples } },
    { ...ours, weights: 'int8', setting: { directory: int8Directory, samples } },
    { ...peer, weights: 'float32', setting: { directory, samples, dtype: 'fp32' } },
    { ...peer, weights: 'q8', setting: { directory, samples, dtype: 'q8' } },
    { ...peer, weights: 'int8', setting: { directory, samples, dtype: 'int8' } },
    ...(pytorchVersion(python)
      ? ([
          {
            library: 'PyTorch',
            weights: 'float32',
            script: 'peers/pytorch.mjs',
            setting: { directory, samples, python },
          },
        ] as const)
      : []),
  ];
  const counted = await operations(directory);
  const rows: Row[] = [];
  const peaks: Peak[] = [];
  let features: Comparison['features'] = [];
  let logitDifference = 0;

  for (const threads of options.threads) {
    const running = await start(entries, threads);
    const products = await startProducts(threads);
    try {
      logitDifference = Math.max(logitDifference, await largestDifference(running));
      const fastest = new Map(products.map(({ integers }) => [integers, Infinity]));
      const batchTimes = [];
      for (const batch of batches) {
        const times = await inTurns([...running, ...products], { rounds, warmUps: 1 }, async (each) => {
          if (!('integers' in each)) return (await each.contestant.run('classify', { batch })).milliseconds;
          const milliseconds = [];
          for (let count = 0; count < productsPerRound; count++) {
            milliseconds.push((await each.contestant.run('multiply')).milliseconds);
          }
          const least = Math.min(...milliseconds);
          fastest.set(each.integers, Math.min(fastest.get(each.integers)!, least));
          return least;
        });
        batchTimes.push({ batch, times });
      }
      const perSecond = (integers: boolean) => (1000 * productOperations) / fastest.get(integers)!;
      for (const { integers } of products) {
        peaks.push({ threads, integers, operationsPerSecond: perSecond(integers) });
      }
      for (const { batch, times } of batchTimes) {
        for (const each of running) {
          const { library, weights } = each.entry;
          const milliseconds = times.get(each)!.map((time) => time / batch);
          const operations = library === 'audiozoo' ? counted.ours : counted.whole;
          const speed = (1000 * operations) / median(milliseconds);
          const peakShare = speed / perSecond(weights !== 'float32');
          rows.push({ library, weights, threads, batch, milliseconds, operations, peakShare });
        }
      }
      if (threads === options.threads.at(-1)) {
        const times = await inTurns(running, { rounds, warmUps: 1 }, async ({ contestant }) => {
          return (await contestant.run('features', { repeat: featuresPerRound })).milliseconds;
        });
        features = running.map((each) => ({ ...way(each.entry), milliseconds: times.get(each)! }));
      }
    } finally {
      for (const { contestant } of [...running, ...products]) contestant.stop();
    }
  }
  const cold = await compareCold(entries, options.threads.at(-1)!, options.coldRounds);
  return { rows, features, cold, peaks, logitDifference, operations: counted };
}

function way({ library, weights }: Entry): Way {
  return { library, weights };
}

async function start(entries: readonly Entry[], threads: number) {
  const running = entries.map((entry) => ({ entry, contestant: new Contestant(entry.script) }));
  for (const { entry, contestant } of running) await contestant.load({ ...entry.setting, threads });
  return running;
}

async function startProducts(threads: number) {
  const products = [false, true].map((integers) => ({ integers, contestant: new Contestant('peak.mjs') }));
  for (const { integers, contestant } of products) {
    await contestant.load({ graph: productGraph(integers), integers, threads });
  }
  return products;
}

/** All in float32 must compute the same. */
async function largestDifference(running: Awaited<ReturnType<typeof start>>): Promise<number> {
  const results = [];
  for (const { entry, contestant } of running.filter(({ entry }) => entry.weights === 'float32')) {
    results.push({ entry, logits: (await contestant.run('logits')).value! });
  }
  const [first, ...others] = results;
  return Math.max(
    ...others.map(({ entry, logits }) => {
      const difference = Math.max(...logits.map((logit, index) => Math.abs(logit - first!.logits[index]!)));
      if (difference <= logitTolerance) return difference;
      throw new Error(`${entry.library} does not compute the same: logits differ by ${difference}.`);
    }),
  );
}

/** A fresh process each time: import, load, then classify until memory no longer grows. */
async function compareCold(entries: readonly Entry[], threads: number, rounds: number): Promise<Cold[]> {
  const figures = entries.map((entry) => ({ entry, loads: [] as number[], peaks: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { entry, loads, peaks } of figures) {
      const contestant = new Contestant(entry.script);
      try {
        loads.push((await contestant.load({ ...entry.setting, threads })).milliseconds);
        peaks.push((await contestant.run('classify', { repeat: coldClassifications })).peakBytes);
      } finally {
        contestant.stop();
      }
    }
  }
  return figures.map(({ entry, loads, peaks }) => ({
    ...way(entry),
    loadMilliseconds: loads,
    peakBytes: peaks,
  }));
}
