// npm run fuzz -- --minutes N [--seed S] [--reader NAME]: mutated files for every reader in turn, for so long. What
// fails is made as small as it can be and kept in corpus/, which the tests always run.

import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { keep } from './corpus.js';
import { check } from './reader.js';
import { readers } from './readers.js';
import { createWatchdog } from './watchdog.js';

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    reader: { type: 'string' },
  },
});
const minutes = Number(flags.minutes);
const seed = Number(flags.seed ?? Date.now() % 2 ** 31);
const chosen = readers.filter(({ name }) => flags.reader === undefined || name === flags.reader);
if (!(minutes > 0) || !Number.isSafeInteger(seed) || chosen.length === 0) {
  console.error(
    `expected --minutes N, --seed WHOLE-NUMBER, --reader ${readers.map(({ name }) => name).join('|')}`,
  );
  process.exit(2);
}

/** A reader's turn. */
const casesPerTurn = 200;

const rejections: unknown[] = [];
process.on('unhandledRejection', (reason) => rejections.push(reason));
const watchdog = createWatchdog();
const cases = new Map(chosen.map(({ name }) => [name, 0]));
let failures = 0;

console.log(`seed ${seed}, ${minutes} minutes`);
const end = performance.now() + 60_000 * minutes;
for (let turn = 0; performance.now() < end; turn++) {
  for (const reader of chosen) {
    if (performance.now() >= end) break;
    const property = fc.asyncProperty(reader.files, async (bytes) => {
      cases.set(reader.name, cases.get(reader.name)! + 1);
      watchdog.begin(reader.name, bytes);
      await check(reader, bytes);
      if (rejections.length > 0) throw new Error('left a promise behind', { cause: rejections.splice(0)[0] });
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, {
      seed: seed + turn,
      numRuns: Math.min(casesPerTurn, reader.runs ?? casesPerTurn),
      interruptAfterTimeLimit: Math.max(0, end - performance.now()),
    });
    watchdog.rest();
    if (!failed || !counterexample) continue;
    failures++;
    console.log(`${keep(reader.name, counterexample[0])}: ${describe(errorInstance)}`);
  }
}
const total = [...cases.values()].reduce((sum, count) => sum + count, 0);
for (const [name, count] of cases) console.log(`${String(count).padStart(10)}  ${name}`);
console.log(`${String(total).padStart(10)}  in all, ${failures} failed`);
process.exit(failures > 0 ? 1 : 0);

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.stack : error.cause;
  return cause === undefined ? error.message : `${error.message}\n${cause}`;
}
