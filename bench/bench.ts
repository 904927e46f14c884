// audiozoo against transformers.js and PyTorch on this CPU, against what the CPU could do, and how cost grows.
// `npm run bench` builds first, so that what is measured is what is published.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions, wholeNumber, wholeNumbers } from './command-line.js';
import { type Comparison, compare, pytorchVersion, type Row, type Way } from './comparison.js';
import { type GrowthRow, growthOverClips, growthOverSeconds } from './growth.js';
import { listed, machine, packageVersion, watchLoad } from './machine.js';
import { median, ratio } from './measurements.js';
import { prepare, quantized } from './prepare.js';
import { writeReadme } from './readme.js';
import { digits, mebibytes, table } from './table.js';

const usage = `Usage: npm run bench -- [options]
  --quick           a fast look: one round, two threads, one clip at a time, a few steps of growth
  --rounds N        turns that each library takes per measurement (7)
  --cold-rounds N   fresh processes of each for load and memory (3)
  --threads LIST    (1,2)
  --batches LIST    (1,4)
  --no-growth       leave out how cost grows
  --python PATH     a Python with PyTorch: for the peers' graphs, and to measure PyTorch itself (python3)
  --readme          write the table into README.md and docs/bench.md
  --json FILE       every figure, for machines`;

const flags = readOptions(usage, {
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  'cold-rounds': { type: 'string' },
  threads: { type: 'string' },
  batches: { type: 'string' },
  growth: { type: 'boolean', default: true },
  python: { type: 'string', default: 'python3' },
  readme: { type: 'boolean', default: false },
  json: { type: 'string' },
});

const usual = flags.quick
  ? { rounds: '1', coldRounds: '1', threads: '2', batches: '1', seconds: [1, 10], clips: [1, 8, 64] }
  : {
      rounds: '7',
      coldRounds: '3',
      threads: '1,2',
      batches: '1,4',
      seconds: [1, 2, 5, 10, 20, 60],
      clips: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    };
const rounds = wholeNumber('rounds', flags.rounds ?? usual.rounds, usage);
const coldRounds = wholeNumber('cold-rounds', flags['cold-rounds'] ?? usual.coldRounds, usage);
const threads = wholeNumbers('threads', flags.threads ?? usual.threads, usage);
const batches = wholeNumbers('batches', flags.batches ?? usual.batches, usage);
const mostThreads = threads.at(-1)!;
/** Growth is far above what a machine's moods change. */
const growthRounds = Math.min(rounds, 3);

const loadSoFar = watchLoad();
const directory = await prepare(flags.python);
const int8Directory = quantized(directory);
const comparison = await compare({
  ...{ directory, int8Directory, python: flags.python },
  ...{ rounds, coldRounds, threads, batches },
});
const growth = flags.growth ? await measureGrowth() : undefined;
const load = loadSoFar();

const pytorch = pytorchVersion(flags.python);
const versions = {
  Node: process.version.slice(1),
  audiozoo: packageVersion('packages/tasks'),
  'onnxruntime-node': packageVersion('packages/backend-node/node_modules/onnxruntime-node'),
  'transformers.js': packageVersion('bench/peers/node_modules/@huggingface/transformers'),
  'with onnxruntime-node': packageVersion('bench/peers/node_modules/onnxruntime-node'),
  ...(pytorch && { PyTorch: pytorch }),
};

console.log(`AST-base, a clip of 10 s, sound to labels; medians of ${rounds} interleaved rounds
(load and memory: ${coldRounds} fresh processes each, ${mostThreads} threads, files in the page cache)
${machine}, ${process.platform} ${process.arch}, load average ${load}
${listed(versions)}${pytorch ? '' : '\nPyTorch is not measured: --python names none with torch, torchaudio and transformers.'}

${comparisonTable(comparison.rows)}

${workings(comparison)}`);
if (growth) {
  console.log(`
How cost grows with the length of a clip, AST-base resized to it, ${mostThreads} threads:

${secondsTable(growth.seconds)}

and with the clips of a batch, the bundled model on one second each, ${mostThreads} threads:

${clipsTable(growth.clips)}`);
}
if (flags.json) {
  const report = { machine, load, versions, rounds, coldRounds, ...comparison, growth };
  writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`);
}
if (flags.readme) writeReadme(readmeText(comparison));

async function measureGrowth() {
  const options = { threads: mostThreads, rounds: growthRounds };
  return {
    seconds: await growthOverSeconds(usual.seconds, {
      ...options,
      directories: { float32: directory, int8: int8Directory },
    }),
    clips: await growthOverClips(usual.clips, {
      ...options,
      directories: { float32: join(import.meta.dirname, '../models/spoken-digits') },
    }),
  };
}

/** Every way to run the model. The ratio is to audiozoo's float32 with as many threads and clips. */
function comparisonTable(rows: readonly Row[]): string {
  const head = ['', 'threads', 'batch', 'a clip', 'ratio', 'Gop/s', 'of peak', 'features', 'load', 'memory'];
  const { features, cold } = comparison;
  const body = rows.map((row) => {
    const time = median(row.milliseconds);
    const isShown = row.threads === mostThreads && row.batch === batches[0];
    const feature = isShown && features.find((each) => isSame(each, row));
    const fresh = isShown && cold.find((each) => isSame(each, row));
    return [
      `${row.library} ${row.weights}`,
      `${row.threads}`,
      `${row.batch}`,
      `${digits(time)} ms`,
      `${ratioOf(row).toFixed(2)}×`,
      (row.operations / time / 1e6).toFixed(0),
      `${(100 * row.peakShare).toFixed(0)} %`,
      feature ? `${digits(median(feature.milliseconds))} ms` : '',
      fresh ? `${digits(median(fresh.loadMilliseconds))} ms` : '',
      fresh ? mebibytes(median(fresh.peakBytes)) : '',
    ];
  });
  return table([head, ...body]);
}

function ratioOf(row: Row): number {
  const ours = comparison.rows.find(
    ({ library, weights, threads, batch }) =>
      library === 'audiozoo' && weights === 'float32' && threads === row.threads && batch === row.batch,
  )!;
  return ratio(row.milliseconds, ours.milliseconds);
}

function isSame(a: Way, b: Way): boolean {
  return a.library === b.library && a.weights === b.weights;
}

/** What the shares are shares of. */
function workings({ peaks, operations, logitDifference }: Comparison): string {
  const peakLines = peaks.map(
    ({ threads, integers, operationsPerSecond }) =>
      `${integers ? 'int8' : 'float32'} on ${threads} thread${threads === 1 ? '' : 's'} ${(operationsPerSecond / 1e9).toFixed(0)} Gop/s`,
  );
  return `Peak, the best of onnxruntime's products of 2048 × 2048 by 2048 × 2048: ${peakLines.join(', ')}.
A clip takes ${(operations.ours / 1e9).toFixed(1)} Gop in audiozoo, which leaves out what nobody reads of the last block, and ${(operations.whole / 1e9).toFixed(1)} elsewhere
(multiplications and additions of the matrix products, counted from their shapes).
Logits of all in float32 differ by at most ${logitDifference.toExponential(1)}.`;
}

function secondsTable(rows: readonly GrowthRow[]): string {
  const lengths = [...new Set(rows.map(({ seconds }) => seconds))];
  const body = lengths.map((length) => {
    const [float32, int8] = (['float32', 'int8'] as const).map(
      (weights) => rows.find((row) => row.seconds === length && row.weights === weights)!,
    ) as [GrowthRow, GrowthRow];
    const figures = [float32, int8].flatMap(({ milliseconds, peakBytes }) => [
      `${digits(median(milliseconds))} ms`,
      `${digits(median(milliseconds) / length)} ms`,
      mebibytes(peakBytes),
    ]);
    return [`${length} s`, ...figures];
  });
  const head = ['', 'float32', 'a second', 'memory', 'int8', 'a second', 'memory'];
  return table([head, ...body]);
}

function clipsTable(rows: readonly GrowthRow[]): string {
  const body = rows.map(({ clips, milliseconds, peakBytes }) => [
    `${clips}`,
    `${digits(median(milliseconds))} ms`,
    digits((1000 * clips) / median(milliseconds)),
    mebibytes(peakBytes),
  ]);
  return table([['batch', 'time', 'clips/s', 'memory'], ...body]);
}

/** The same figures for whoever reads README.md: one clip at a time, with the most threads. */
function readmeText({ rows, features, cold }: Comparison): string {
  const shown = rows.filter((row) => row.threads === mostThreads && row.batch === batches[0]);
  const body = shown.map((row) => {
    const feature = features.find((each) => isSame(each, row))!;
    const fresh = cold.find((each) => isSame(each, row))!;
    return [
      `${row.library}, ${row.weights}`,
      `${digits(median(feature.milliseconds))} ms`,
      `${digits(median(row.milliseconds))} ms`,
      `${ratioOf(row).toFixed(2)}×`,
      `${(100 * row.peakShare).toFixed(0)} %`,
      `${digits(median(fresh.loadMilliseconds))} ms`,
      mebibytes(median(fresh.peakBytes)),
    ];
  });
  return `AST-base (86.6 M random weights), a clip of 10 seconds, ${mostThreads} threads of: ${machine}, no GPU. ${listed(versions)}.
Medians of ${rounds} interleaved rounds; load and memory in fresh processes.

${table([['', 'features', 'sound to labels', '', 'of peak', 'import and load', 'peak memory'], ...body])}

_Of peak_: of the best that onnxruntime did on this CPU in one large product of such numbers.`;
}
