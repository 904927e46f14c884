// audiozoo against transformers.js: one model, one clip, in turns. `npm run bench` builds first, so that what
// is measured is what is published.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { clip } from './clip.js';
import { Contestant, type Reply, type Setting, type Task } from './contestant.js';
import { type Comparison, ratio, table } from './measurements.js';
import { prepare } from './prepare.js';

const usage = `Usage: npm run bench -- [options]
  --rounds N        turns that each library takes per measurement (15)
  --cold-rounds N   fresh processes of each for load and memory (5)
  --threads N       (2)
  --dtype TYPE      the peer's weights: fp32, int8, uint8, q8 (fp32); audiozoo's stay float32
  --python PATH     a Python with PyTorch, for the peer's graph (python3)
  --json FILE       every figure, for machines`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    'cold-rounds': { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    dtype: { type: 'string', default: 'fp32' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(usage);
  process.exit(0);
}

const oursScript = new URL('./audiozoo.mjs', import.meta.url);
const theirsScript = new URL('./peers/transformers-js.mjs', import.meta.url);
/** Both compute in float32, but with other kernels, and features differ in their last digits. */
const logitTolerance = 1e-3;
const mebibyte = 2 ** 20;
/** onnxruntime plans its memory after the first run; from the third on neither library's grows. */
const coldClassifications = 4;

const setting: Setting = {
  directory: await prepare(options.python),
  threads: count('threads'),
  dtype: options.dtype,
  samples: clip(),
};

const warm = await compareWarm(count('rounds'));
const cold = await compareCold(count('cold-rounds'));
const comparisons: Comparison[] = [...warm.comparisons, ...cold];

const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
const versions = {
  node: process.version,
  audiozoo: packageVersion('packages/tasks'),
  'audiozoo onnxruntime-node': packageVersion('packages/backend-node/node_modules/onnxruntime-node'),
  'transformers.js': packageVersion('bench/peers/node_modules/@huggingface/transformers'),
  'transformers.js onnxruntime-node': packageVersion('bench/peers/node_modules/onnxruntime-node'),
};

const peer = `transformers.js ${options.dtype}`;
console.log(`AST-base, 10 s of audio, ${setting.threads} threads, medians of ${options.rounds} interleaved rounds
(load and memory: ${options['cold-rounds']} fresh processes each, files in the page cache)
${machine}, ${process.platform} ${process.arch}
${Object.entries(versions)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}

${table(comparisons, peer)}

Logits differ by at most ${warm.logitDifference.toExponential(1)}.`);

if (options.json) {
  const report = {
    machine,
    versions,
    threads: setting.threads,
    dtype: setting.dtype,
    logitDifference: warm.logitDifference,
    comparisons: comparisons.map((comparison) => ({ ...comparison, ratio: ratio(comparison) })),
  };
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

/** Both loaded, and known to compute the same, taking turns; who goes first changes every round. */
async function compareWarm(rounds: number) {
  const ours = new Contestant(oursScript);
  const theirs = new Contestant(theirsScript);
  try {
    await ours.load(setting);
    await theirs.load(setting);

    const a = (await ours.run('logits')).value!;
    const b = (await theirs.run('logits')).value!;
    const logitDifference = Math.max(...a.map((logit, index) => Math.abs(logit - b[index]!)));
    if (setting.dtype === 'fp32' && !(logitDifference <= logitTolerance)) {
      throw new Error(`The two do not compute the same: logits differ by ${logitDifference}.`);
    }

    const inTurns = async (name: string, task: Task, target: number | undefined, repeat = 1) => {
      const times = { ours: [] as number[], theirs: [] as number[] };
      const contestants = [
        [ours, times.ours],
        [theirs, times.theirs],
      ] as const;
      for (let round = -2; round < rounds; round++) {
        const order = round % 2 ? contestants.toReversed() : contestants;
        for (const [contestant, series] of order) {
          const { milliseconds } = await contestant.run(task, repeat);
          if (round >= 0) series.push(milliseconds); // rounds before 0 warm up
        }
      }
      return { name, unit: 'ms', ...times, ...(target !== undefined && { target }) } satisfies Comparison;
    };

    const comparisons = [
      await inTurns('features', 'features', 0.3, 10),
      await inTurns('model alone', 'model', undefined),
      await inTurns('samples to labels', 'classify', 0.9),
    ];
    return { comparisons, logitDifference };
  } finally {
    ours.stop();
    theirs.stop();
  }
}

/** A fresh process each time: import, load, then classify until memory no longer grows. */
async function compareCold(rounds: number): Promise<Comparison[]> {
  const once = async (script: URL): Promise<{ loaded: Reply; classified: Reply }> => {
    const contestant = new Contestant(script);
    try {
      return {
        loaded: await contestant.load(setting),
        classified: await contestant.run('classify', coldClassifications),
      };
    } finally {
      contestant.stop();
    }
  };
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await once(oursScript));
    theirs.push(await once(theirsScript));
  }
  const load = ({ loaded }: { loaded: Reply }) => loaded.milliseconds;
  const peak = ({ classified }: { classified: Reply }) => classified.peakBytes / mebibyte;
  return [
    { name: 'load, cold', unit: 'ms', ours: ours.map(load), theirs: theirs.map(load), target: 0.3 },
    { name: 'peak memory', unit: 'MiB', ours: ours.map(peak), theirs: theirs.map(peak), target: 0.5 },
  ];
}

function count(name: 'rounds' | 'cold-rounds' | 'threads'): number {
  const value = Number(options[name]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is ${options[name]}.\n${usage}`);
  return value;
}

/** `folder` from the repository's root: not every package lets its package.json be imported. */
function packageVersion(folder: string): string {
  const path = new URL(`../${folder}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
