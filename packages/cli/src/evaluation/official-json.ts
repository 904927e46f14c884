// The data files of the official AST code: { "data": [{ "wav": "a.wav", "labels": "/m/09x0r,/t/dd00088" }] }.

import { resolve } from 'node:path';
import { createBudget, jsonParts, quote, type Refuse, refusing } from '@audiozoo/core/plugin';
import { readTextFile } from '../input/path.js';
import type { Clip } from './clip.js';
import type { LabelIndex } from './label-index.js';

/** AudioSet's two million training clips take 300 MB. They are read one by one. */
const maxBytes = 400_000_000;
const limits = { operations: 1_000_000_000, seconds: 600 };
/** Characters of an entry: AudioSet's have 200. */
const maxEntryLength = 20_000;

/**
 * Reads a data file. Relative paths start from `audioFolder`. Throws `file` errors when it cannot be read or
 * understood, and on labels that no class has.
 */
export async function readOfficialJson(
  path: string,
  audioFolder: string,
  labels: LabelIndex,
  signal?: AbortSignal,
): Promise<Clip[]> {
  const expected = '{ "data": [{ "wav": "a.wav", "labels": "/m/09x0r,/t/dd00088" }] }';
  const refuse = refusing('file', `${path} is no data file:`, { expected });
  const text = await readTextFile(path, maxBytes);
  const budget = createBudget({ name: path, code: 'file', ...limits, signal });
  let clips: Clip[] | undefined;
  try {
    for (const part of text.trimStart().startsWith('{') ? jsonParts(text, budget) : []) {
      await budget.rest();
      if (part?.key !== 'data' || !part.value.startsWith('[')) continue;
      clips = [];
      for (const entry of jsonParts(part.value, budget)) {
        await budget.rest();
        if (!entry) continue;
        const { wav, labels: list } = readEntry(refuse, entry.value, clips.length);
        const where = `${path}, entry ${clips.length},`;
        clips.push({ name: wav, path: resolve(audioFolder, wav), labels: labels.findAll(list, where) });
      }
    }
  } catch (cause) {
    if (cause instanceof SyntaxError) throw refuse('it is not valid JSON', { got: quote(cause.message) });
    throw cause;
  }
  if (!clips) throw refuse('it has no list called "data"');
  if (clips.length === 0) throw refuse('its list is empty');
  return clips;
}

function readEntry(refuse: Refuse, json: string, place: number): { wav: string; labels: string } {
  if (json.length > maxEntryLength) throw refuse(`entry ${place} is too long`, { got: quote(json) });
  const entry = JSON.parse(json) as unknown;
  if (!isRecord(entry) || typeof entry.wav !== 'string' || typeof entry.labels !== 'string') {
    throw refuse(`entry ${place} has no "wav" and "labels"`, { got: quote(json) });
  }
  return { wav: entry.wav, labels: entry.labels };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
