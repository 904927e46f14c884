// A list of sounds: a path or an address a line, a table, or a line of JSON for each. It is read as it comes.

import { AudiozooError, errorDescription, type Json } from '@audiozoo/core';
import { isJsonObject, parseCsv, preview, quote, refusing } from '@audiozoo/core/plugin';
import type { Entry } from '../job/entry.js';
import { publicSource } from '../job/public-source.js';
import { type Line, longestLine, readLines } from './lines.js';
import { sourceOf } from './place.js';

/** `mixed`: of each line by itself, whether it is JSON or a path. */
export type ManifestKind = 'text' | 'csv' | 'jsonl' | 'mixed';

export interface Manifest {
  /** For messages. */
  readonly name: string;
  readonly kind: ManifestKind;
  /** What relative paths start from. */
  readonly folder: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What a line says of a sound. */
interface Item {
  readonly place: unknown;
  readonly id?: unknown;
  readonly start?: unknown;
  readonly end?: unknown;
}

/** What may name the place; `source` in lines of results and failures. */
const placeNames = ['path', 'file', 'url', 'source'] as const;

/** The kind of a file, by its name; undefined where it is no manifest. */
export function manifestKind(path: string): ManifestKind | undefined {
  if (/\.txt$/i.test(path)) return 'text';
  if (/\.csv$/i.test(path)) return 'csv';
  return /\.(jsonl|ndjson)$/i.test(path) ? 'jsonl' : undefined;
}

/**
 * The sounds of a manifest, in its order. Lines that say nothing of use go to `onUnusable`, with their numbers. Throws a `file`
 * error when it is no manifest: not text, or a table without its header.
 */
export async function* readManifest(
  { name, kind, folder, chunks }: Manifest,
  onUnusable: (error: AudiozooError) => void,
): AsyncGenerator<Entry, void, undefined> {
  const items = kind === 'csv' ? csvItems : lineItems;
  for await (const { number, read } of items(name, kind, readLines(name, chunks))) {
    try {
      yield entryOf(read(), folder);
    } catch (error) {
      if (!AudiozooError.isInstance(error)) throw error;
      const { what } = error;
      onUnusable(
        new AudiozooError({
          ...errorDescription(error, what),
          code: 'file',
          what: `${name}:${number}: ${what}`,
        }),
      );
    }
  }
}

/** What is in a line, or why nothing can be. */
interface Numbered {
  readonly number: number;
  read(): Item;
}

async function* lineItems(
  _name: string,
  kind: ManifestKind,
  lines: AsyncIterable<Line>,
): AsyncGenerator<Numbered, void, undefined> {
  for await (const { number, text } of lines) {
    if (text === undefined) yield { number, read: tooLong };
    else if (text.trim() !== '') {
      const isJson = kind === 'jsonl' || (kind === 'mixed' && text.trimStart().startsWith('{'));
      yield { number, read: () => (isJson ? jsonItem(text) : { place: text.trim() }) };
    }
  }
}

function jsonItem(text: string): Item {
  let value: Json | undefined;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw refusing('file', 'the line')('is not JSON', { got: quote(text), cause });
  }
  if (!isJsonObject(value)) throw refusing('file', 'the line')('is no JSON object', { got: quote(text) });
  const own = (name: string): unknown => (Object.hasOwn(value, name) ? value[name] : undefined) ?? undefined;
  const named = placeNames.filter((name) => own(name) !== undefined);
  if (named.length !== 1) {
    throw refusing('file', 'the line')('does not say where one sound is', {
      expected: `one of ${placeNames.join(', ')}`,
      got: named.join(' and ') || 'none',
    });
  }
  return { place: own(named[0]!), id: own('id'), start: own('start'), end: own('end') };
}

async function* csvItems(
  name: string,
  _kind: ManifestKind,
  lines: AsyncIterable<Line>,
): AsyncGenerator<Numbered, void, undefined> {
  let columns: ReturnType<typeof readHeader> | undefined;
  for await (const { number, text } of records(name, lines)) {
    if (text === undefined) {
      if (!columns) throw refusing('file', `${name}:${number}:`)('the header is too long');
      yield { number, read: tooLong };
      continue;
    }
    if (!columns) {
      columns = readHeader(name, parseCsv(text, `${name}:${number}`, { maxColumns: 1000 })[0] ?? []);
      continue;
    }
    const { width, places } = columns;
    const read = (): Item => {
      const [row = []] = parseCsv(text, 'the record', { maxColumns: 1000 });
      if (row.length !== width) {
        throw refusing('file', 'the record')('is not as wide as the header', {
          expected: `${width} values`,
          got: `${row.length}`,
          hint: 'Put values that contain commas in double quotes.',
        });
      }
      const value = (column: number) => (column < 0 || row[column] === '' ? undefined : row[column]);
      return {
        place: row[places.place],
        id: value(places.id),
        start: seconds(value(places.start)),
        end: seconds(value(places.end)),
      };
    };
    yield { number, read };
  }
}

/** What is no number stays what it is, to be told of. */
function seconds(text: string | undefined): number | string | undefined {
  const isNumber = text !== undefined && /^\d*\.?\d+(e[+-]?\d+)?$/i.test(text);
  return isNumber ? Number(text) : text;
}

function readHeader(name: string, header: readonly string[]) {
  const names = header.map((column) => column.toLowerCase());
  const named = names.filter((column) => (placeNames as readonly string[]).includes(column));
  if (named.length !== 1) {
    throw refusing('file', name)('does not begin with the names of its columns', {
      expected: `one of ${placeNames.join(', ')}, and if they are there id, start, end`,
      got: quote(header.join(',')),
      hint: 'Write `path` as the first line, if paths are all that it holds.',
    });
  }
  const [place, id, start, end] = [named[0]!, 'id', 'start', 'end'].map((column) => names.indexOf(column));
  return { width: names.length, places: { place: place!, id: id!, start: start!, end: end! } };
}

/** Lines of a table, with those that a quoted value goes on in. */
async function* records(name: string, lines: AsyncIterable<Line>): AsyncGenerator<Line, void, undefined> {
  let open: { readonly number: number; readonly text: string } | undefined;
  const refuse = (number: number) =>
    refusing('file', `${name}:${number}:`)('a quotation mark is never closed', {
      hint: 'Put the value in double quotes, and write those within it twice.',
    });
  for await (const { number, text } of lines) {
    if (!open && (text === undefined || !isOpen(text))) {
      if (text === undefined || text.trim() !== '') yield { number, text };
      continue;
    }
    const joined: string = open ? `${open.text}\n${text ?? ''}` : text!;
    if (text === undefined || joined.length > longestLine) throw refuse(open?.number ?? number);
    const record: { readonly number: number; readonly text: string } = {
      number: open?.number ?? number,
      text: joined,
    };
    open = isOpen(joined) ? record : undefined;
    if (!open) yield record;
  }
  if (open) throw refuse(open.number);
}

/** Whether a quoted value goes on behind the text. */
function isOpen(text: string): boolean {
  let marks = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) marks++;
  return marks % 2 === 1;
}

function tooLong(): never {
  throw refusing('file', 'the line')('is too long', { expected: `at most ${longestLine} characters` });
}

/** The sound that an item is of. Throws an error that says why it is of none. */
function entryOf({ place, id, start, end }: Item, folder: string): Entry {
  if (typeof place !== 'string') throw refusing('file', 'the place')('is no text', { got: preview(place) });
  const source = sourceOf(place, folder);
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') {
    throw refusing('file', 'the id')('is neither a text nor a number', { got: preview(id) });
  }
  const from = start ?? 0;
  const isPart = isTime(from) && (end === undefined || (isTime(end) && end > from));
  if (!isPart) {
    throw refusing('file', 'the part of the sound')('is none', {
      expected: 'start and end in seconds, from 0 on, the end behind the start',
      got: `start ${preview(start)}, end ${preview(end)}`,
    });
  }
  return {
    id: id === undefined ? publicSource(place) : `${id}`,
    source,
    ...(start !== undefined && { start: from }),
    ...(end !== undefined && { end }),
  };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
