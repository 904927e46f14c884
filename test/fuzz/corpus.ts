// Inputs that a reader once failed on. They are always run.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const corpus = join(import.meta.dirname, 'corpus');

/** The inputs of a reader by their files' names. */
export function corpusOf(reader: string): readonly (readonly [name: string, bytes: Uint8Array])[] {
  const folder = join(corpus, reader);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))] as const);
}

/** Keeps an input; gives its path. */
export function keep(reader: string, bytes: Uint8Array): string {
  const folder = join(corpus, reader);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`);
  writeFileSync(path, bytes);
  return path;
}
