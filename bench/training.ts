// What a step of training costs against PyTorch (scaled_dot_product_attention, Adam), in CPU seconds, which bear a busy machine, and in
// memory; and how that grows with clips and their length.
//
//   npm run build && npx tsx bench/training.ts --python PATH [--rounds N] [--cases LIST] [--json FILE]

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ast } from '@audiozoo/ast';
import { beginModel, directorySink } from '@audiozoo/converters';
import { readOptions, stop, wholeNumber } from './command-line.js';
import { machine, watchLoad } from './machine.js';
import { inTurns, median, ratio } from './measurements.js';
import { mebibytes, table } from './table.js';

interface Case {
  readonly trainable: 'all' | 'last:2' | 'head';
  readonly batch: number;
  /** Clips that are run at once; absent: all. */
  readonly microBatch?: number;
  /** 128: 146 tokens of AST-base; 1024: 1214. */
  readonly frames: number;
  /** Of a token; 768 of AST-base, 192 with 4 blocks and patches side by side. */
  readonly width: 768 | 192;
}

const base = { width: 768, trainable: 'all' } as const;
const cases: Readonly<Record<string, Case>> = {
  whole: { ...base, frames: 1024, batch: 1 },
  short: { ...base, frames: 128, batch: 4 },
  blocks: { ...base, frames: 1024, batch: 1, trainable: 'last:2' },
  head: { ...base, frames: 1024, batch: 1, trainable: 'head' },
  parts: { ...base, frames: 1024, batch: 4, microBatch: 1 },
  small: { width: 192, trainable: 'all', frames: 512, batch: 8 },
  'short-1': { ...base, frames: 128, batch: 1 },
  'short-2': { ...base, frames: 128, batch: 2 },
  'short-8': { ...base, frames: 128, batch: 8 },
  'half-1': { ...base, frames: 512, batch: 1 },
};

const usage = 'Usage: npx tsx bench/training.ts --python PATH [--rounds N] [--cases LIST] [--json FILE]';
const flags = readOptions(usage, {
  python: { type: 'string', default: 'python3' },
  rounds: { type: 'string', default: '5' },
  cases: { type: 'string', default: Object.keys(cases).join(',') },
  json: { type: 'string' },
});
const rounds = wholeNumber('rounds', flags.rounds, usage);
const threads = 2;

interface Step {
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** A process that makes a step for each line that it is given. */
class Stepper {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  peakBytes = 0;

  constructor(command: string, parameters: readonly string[]) {
    this.#process = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async step(): Promise<number> {
    this.#process.stdin!.write('\n');
    const { value, done } = await this.#answers.next();
    if (done) return stop('A process ended; see above.');
    const { cpuSeconds, peakBytes }: Step = JSON.parse(value);
    this.peakBytes = peakBytes;
    return cpuSeconds;
  }

  end(): void {
    this.#process.stdin!.end();
  }
}

/** A model directory of the case's size, with random weights, made when it is not there yet. */
async function modelDirectory({ width, frames }: Case): Promise<string> {
  const directory = join(import.meta.dirname, `.cache/ast-${width}-${frames}`);
  if (existsSync(directory)) return directory;
  const isBase = width === 768;
  const stride = isBase ? 10 : 16;
  await beginModel({
    model: ast,
    labels: Array.from({ length: isBase ? 527 : 10 }, (_, label) => ({ name: `label ${label}` })),
    settings: { embedDim: width, depth: isBase ? 12 : 4, frames, fstride: stride, tstride: stride },
    output: directorySink(directory),
  });
  return directory;
}

const loadSoFar = watchLoad();
const rows = [];
for (const name of flags.cases.split(',')) {
  const each = cases[name] ?? stop(`There is no ${name}: ${Object.keys(cases).join(', ')}.\n${usage}`);
  const directory = await modelDirectory(each);
  const parameters = [JSON.stringify(each), `${threads}`];
  const ours = new Stepper(process.execPath, [
    join(import.meta.dirname, 'training-step.mjs'),
    directory,
    ...parameters,
  ]);
  const config = readFileSync(join(directory, 'config.json'), 'utf8');
  const theirs = new Stepper(flags.python, [
    join(import.meta.dirname, 'peers/training.py'),
    config,
    ...parameters,
  ]);
  const series = await inTurns([ours, theirs], { rounds, warmUps: 1 }, (stepper) => stepper.step());
  rows.push({
    name,
    ...each,
    cpuSeconds: median(series.get(ours)!),
    pytorch: median(series.get(theirs)!),
    overPytorch: ratio(series.get(ours)!, series.get(theirs)!),
    peakBytes: ours.peakBytes,
    pytorchBytes: theirs.peakBytes,
  });
  ours.end();
  theirs.end();
}

console.log(`A step of training, ${threads} threads, medians of ${rounds} interleaved rounds
${machine}, load average ${loadSoFar()}
`);
console.log(
  table([
    ['', 'width', 'frames', 'clips', 'trains', 'CPU s', 'PyTorch', 'ratio', 'memory', 'PyTorch', 'ratio'],
    ...rows.map(({ name, width, frames, batch, trainable, cpuSeconds, pytorch, overPytorch, ...memory }) => [
      ...[name, `${width}`, `${frames}`, `${batch}`, trainable],
      ...[cpuSeconds, pytorch, overPytorch].map((value) => value.toPrecision(3)),
      ...[mebibytes(memory.peakBytes), mebibytes(memory.pytorchBytes)],
      (memory.peakBytes / memory.pytorchBytes).toPrecision(3),
    ]),
  ]),
);
if (flags.json) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
