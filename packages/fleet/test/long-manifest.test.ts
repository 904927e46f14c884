import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

const lines = 20_000;
const script = fileURLToPath(new URL('read-manifest-process.ts', import.meta.url));

test.each([
  ['list.txt', (line: number) => `https://sounds.example.org/recordings/${line}.flac`],
  ['list.csv', (line: number) => (line === 0 ? 'path,start,end' : `a.wav,${line},${line + 5}`)],
])('a long manifest is cut into shards in flat memory: %s', (name, lineOf) => {
  const text = Array.from({ length: lines }, (_, line) => lineOf(line)).join('\n');
  const path = join(temporaryFolder({ 'a.wav': '', [name]: text }), name);
  const flags = ['--expose-gc', '--import', 'tsx', '--conditions', '@audiozoo/source', script, path];
  const { entries, held } = JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' })) as {
    readonly entries: number;
    readonly held: readonly number[];
  };
  expect(entries).toBe(name === 'list.csv' ? lines - 1 : lines);
  expect(held.length).toBeGreaterThan(6);
  // What came between, if it were kept, would take 8 MB.
  const [, early, ...later] = held;
  expect(Math.max(...later) - early!).toBeLessThan(2e6);
});
