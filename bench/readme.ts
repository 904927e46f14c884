// The part of README.md that the benchmark writes: what stands between two comments.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const path = join(import.meta.dirname, '../README.md');
const [begin, end] = ['<!-- npm run bench -- --readme -->', '<!-- end of npm run bench -->'];

/** Puts `text` in its place in README.md. Throws when the place is not there. */
export function writeReadme(text: string): void {
  const readme = readFileSync(path, 'utf8');
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no place for it: ${begin} … ${end}.`);
  const whole = `${readme.slice(0, from)}${begin}\n\n${text.trim()}\n\n${readme.slice(to)}`;
  writeFileSync(`${path}.tmp`, whole);
  renameSync(`${path}.tmp`, path);
}
