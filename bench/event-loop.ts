// How free Node's event loop is while AST-base runs without a pause, from loading on: in this thread
// (`workers: 0`), in one of its own, and in two. Load time and memory beside it.
//
//   npm run build && npx tsx bench/event-loop.ts [--rounds N] [--seconds S] [--threads N] [--model DIR] [--json]

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clip } from './clip.ts';
import { makeAstBase } from './make-ast-base.ts';
import { median } from './measurements.ts';

/** Milliseconds that the 99th percentile of delays may reach with workers. */
const target = 20;
const mebibyte = 2 ** 20;

interface Figures {
  readonly loadMilliseconds: number;
  readonly clipsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  readonly peakBytes: number;
}

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
    model: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const base = join(import.meta.dirname, '.cache/ast-base');
if (!flags.model && !existsSync(join(base, 'model.safetensors'))) await makeAstBase(base);
const directory = flags.model ?? base;

/** The threads are all workers' together, so that all use the same cores. */
async function measure(workers: number): Promise<Figures> {
  const child = fork(new URL('./busy-loop.mjs', import.meta.url), {
    execArgv: [],
    serialization: 'advanced',
  });
  const threads = Math.max(1, Math.floor(Number(flags.threads) / Math.max(1, workers)));
  child.send({ directory, workers, threads, seconds: Number(flags.seconds), samples: clip() });
  const [figures] = await once(child, 'message');
  await once(child, 'exit');
  return figures as Figures;
}

const rounds: Figures[][] = [];
for (let round = 0; round < Number(flags.rounds); round++) {
  const inTurn: Figures[] = [];
  for (const workers of [0, 1, 2]) inTurn.push(await measure(workers));
  rounds.push(inTurn);
}
const rows = [0, 1, 2].map((workers) => {
  const figure = (name: keyof Figures) => median(rounds.map((inTurn) => inTurn[workers]![name]));
  return {
    workers,
    load: figure('loadMilliseconds'),
    clips: figure('clipsPerSecond'),
    p50: figure('p50'),
    p99: figure('p99'),
    longest: figure('longest'),
    peak: figure('peakBytes') / mebibyte,
  };
});

if (flags.json) console.log(JSON.stringify({ directory, seconds: Number(flags.seconds), rows }));
else {
  console.log(`${directory}, 10 s of audio, ${flags.threads} threads, medians of ${flags.rounds} rounds
| workers | load ms | clips/s | delay p50 ms | p99 ms | longest ms | peak RSS MiB |
|--------:|--------:|--------:|-------------:|-------:|-----------:|-------------:|`);
  for (const { workers, load, clips, p50, p99, longest, peak } of rows) {
    const cells = [load.toFixed(0), clips.toFixed(2), p50.toFixed(1), p99.toFixed(1), longest.toFixed(1)];
    console.log(`| ${workers} | ${cells.join(' | ')} | ${peak.toFixed(0)} |`);
  }
  const met = rows.every(({ workers, p99 }) => workers === 0 || p99 <= target);
  console.log(`p99 with workers at most ${target} ms: ${met ? 'met' : 'missed'}`);
}
