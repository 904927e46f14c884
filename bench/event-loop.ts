// How free Node's event loop is while AST-base runs without a pause, from loading on: in this thread
// (`workers: 0`), in one of its own, and in two. Load time and memory beside it.
//
//   npm run build && npx tsx bench/event-loop.ts [--rounds N] [--seconds S] [--threads N] [--model DIR] [--json]

import { once } from 'node:events';
import { clip } from './clip.js';
import { readOptions, wholeNumber } from './command-line.js';
import { nextMessage, startProcess } from './fresh-process.js';
import { astBase } from './make-ast-base.js';
import { median } from './measurements.js';
import { mebibytes, table } from './table.js';

/** Milliseconds that the 99th percentile of delays may reach with workers. */
const target = 20;

interface Figures {
  readonly loadMilliseconds: number;
  readonly clipsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  readonly peakBytes: number;
}

const usage =
  'Usage: npx tsx bench/event-loop.ts [--rounds N] [--seconds S] [--threads N] [--model DIR] [--json]';
const flags = readOptions(usage, {
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '10' },
  threads: { type: 'string', default: '2' },
  model: { type: 'string' },
  json: { type: 'boolean', default: false },
});
const roundCount = wholeNumber('rounds', flags.rounds, usage);
const seconds = wholeNumber('seconds', flags.seconds, usage);
const allThreads = wholeNumber('threads', flags.threads, usage);
const directory = flags.model ?? (await astBase());

/** The threads are all workers' together, so that all use the same cores. */
async function measure(workers: number): Promise<Figures> {
  const child = startProcess('busy-loop.mjs');
  const ended = once(child, 'exit');
  const threads = Math.max(1, Math.floor(allThreads / Math.max(1, workers)));
  child.send({ directory, workers, threads, seconds, samples: clip() });
  const figures = await nextMessage<Figures>(child);
  await ended;
  return figures;
}

const rounds: Figures[][] = [];
for (let round = 0; round < roundCount; round++) {
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
    peak: figure('peakBytes'),
  };
});

if (flags.json) console.log(JSON.stringify({ directory, seconds, rows }));
else {
  const head = ['workers', 'load', 'clips/s', 'delay, median', 'p99', 'longest', 'peak memory'];
  const body = rows.map(({ workers, load, clips, p50, p99, longest, peak }) => [
    `${workers}`,
    `${load.toFixed(0)} ms`,
    clips.toFixed(2),
    ...[p50, p99, longest].map((delay) => `${delay.toFixed(1)} ms`),
    mebibytes(peak),
  ]);
  const met = rows.every(({ workers, p99 }) => workers === 0 || p99 <= target);
  console.log(`${directory}, 10 s of audio, ${allThreads} threads, medians of ${roundCount} rounds

${table([head, ...body])}

p99 with workers at most ${target} ms: ${met ? 'met' : 'missed'}`);
}
