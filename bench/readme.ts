// The part of README.md and of docs/bench.md that the benchmark writes: what stands between two comments.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const [begin, end] = ['<!-- npm run bench -- --readme -->', '<!-- end of npm run bench -->'];

/** Puts `text` in its places. Throws when one is not there. */
export function writeReadme(text: string): void {
  for (const path of ['README.md', 'docs/bench.md'].map((name) => join(root, name))) {
    const whole = readFileSync(path, 'utf8');
    const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${path} has no place for it: ${begin} … ${end}.`);
    writeFileSync(`${path}.tmp`, `${whole.slice(0, from)}${begin}\n\n${text.trim()}\n\n${whole.slice(to)}`);
    renameSync(`${path}.tmp`, path);
  }
}
