// A small job for tests: the bundled words, heard by the bundled model, in a process of its own.

import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createShardRunner, type Entry, type JobSettings, type Shard } from '@audiozoo/fleet';
import { onTestFinished } from 'vitest';
import type { Given } from './given.js';
import { marks } from './marks.mjs';
import { temporaryFolder } from './temporary-folder.js';

const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

export const entries: readonly Entry[] = words.map((word, digit) => ({
  id: word,
  source: join(import.meta.dirname, `../../../models/spoken-digits/clips/${digit}_${word}.wav`),
}));

export const settings: JobSettings = {
  model: { name: 'spoken-digits', sha256: 'of it' },
  format: 'jsonl',
  scores: { kind: 'top', k: 2 },
  shardSeconds: 64,
};

export const shard = (entries: readonly Entry[], id = 'a'.repeat(32)): Shard => ({
  id,
  entries,
  seconds: 10,
});

/** A folder for results that goes when the test ends. */
export async function resultsFolder(): Promise<string> {
  const folder = temporaryFolder();
  await mkdir(join(folder, 'shards'));
  return folder;
}

/** A file that ends the process that hears it, or that is never done. */
export async function markedFile(folder: string, kind: keyof typeof marks): Promise<Entry> {
  const source = join(folder, `${kind}.flac`);
  await writeFile(source, `fLaC${'\0'.repeat(64)}${marks[kind]}`);
  return { id: kind, source };
}

/** A runner that goes when the test ends. */
export function runner(given: Given, silenceSeconds = 60) {
  const made = createShardRunner({
    module: join(import.meta.dirname, 'shard-process.mjs'),
    given,
    folder: given.folder,
    format: given.settings.format,
    silenceSeconds,
    execArgv: [],
  });
  onTestFinished(() => made.dispose());
  return made;
}

export const signal = new AbortController().signal;

export const resultText = (folder: string, id = 'a'.repeat(32)) =>
  readFileSync(join(folder, 'shards', `${id}.jsonl`), 'utf8');

/** The lines of a shard. */
export const resultLines = (folder: string, id?: string) =>
  resultText(folder, id)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
