// The data files of the official AST code: { "data": [{ "wav": "a.wav", "labels": "/m/09x0r,/t/dd00088" }] }.

import { createBudget, jsonParts, quote, type Refuse, refusing } from '@audiozoo/core/plugin';
import type { NamedClip } from './data-set.js';

const limits = { operations: 1_000_000_000, seconds: 600 };
/** Characters of an entry: AudioSet's have 200. */
const maxEntryLength = 20_000;

/** Text of a data file → its clips. Throws `file` errors that name the entry, counted from 0. */
export async function parseOfficialJson(
  text: string,
  name: string,
  signal?: AbortSignal,
): Promise<NamedClip[]> {
  const expected = '{ "data": [{ "wav": "a.wav", "labels": "/m/09x0r,/t/dd00088" }] }';
  const refuse = refusing('file', `${name} is no data file:`, { expected });
  const budget = createBudget({ name, code: 'file', ...limits, signal });
  let clips: NamedClip[] | undefined;
  try {
    for (const part of text.trimStart().startsWith('{') ? jsonParts(text, budget) : []) {
      await budget.rest();
      if (part?.key !== 'data' || !part.value.startsWith('[')) continue;
      clips = [];
      for (const entry of jsonParts(part.value, budget)) {
        await budget.rest();
        if (!entry) continue;
        const { wav, labels } = readEntry(refuse, entry.value, clips.length);
        clips.push({ file: wav, labels, where: `${name}, entry ${clips.length},` });
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
