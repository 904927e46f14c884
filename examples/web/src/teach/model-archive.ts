// A taught model as one file to keep: a zip of a folder that is a model directory, with the recordings that it was taught with, so
// that teaching can go on. `clips.csv` lists them as `audiozoo train --data` takes them, too.

import { AudiozooError } from '@audiozoo/core';
import { parseCsv } from '@audiozoo/core/plugin';
import { unzipSync, zipSync } from 'fflate';
import type { Lesson } from './lesson.js';
import { wavOf } from './wav.js';

export interface ModelArchive {
  readonly files: readonly File[];
  /** Empty where the archive holds a model alone. */
  readonly sounds: readonly ArchivedSound[];
}

export interface ArchivedSound {
  readonly name: string;
  readonly recordings: readonly File[];
}

const clipTable = 'clips.csv';
const csvBounds = { maxRows: 100_000, maxColumns: 2 };
const modelFile = /^(config\.json|preprocessor_config\.json|.*\.safetensors(\.index\.json)?)$/;

/** Weights and sounds do not get smaller by packing, so that everything is stored as it is. */
export async function packModel(folder: string, files: readonly File[], lesson: Lesson): Promise<Blob> {
  const entries: Record<string, Uint8Array> = {};
  for (const file of files) entries[`${folder}/${file.name}`] = new Uint8Array(await file.arrayBuffer());
  const rows = ['file,label'];
  for (const { name, recordings } of lesson) {
    for (const recording of recordings) {
      const path = `clips/${String(rows.length).padStart(3, '0')}.wav`;
      rows.push(`${path},"${name.replaceAll('"', '""')}"`);
      entries[`${folder}/${path}`] = wavOf(recording);
    }
  }
  if (rows.length > 1) entries[`${folder}/${clipTable}`] = new TextEncoder().encode(`${rows.join('\n')}\n`);
  const zip = zipSync(entries, { level: 0 });
  return new Blob([zip as Uint8Array<ArrayBuffer>], { type: 'application/zip' });
}

/** Throws a `file` error when it is no such archive. */
export async function unpackModel(zip: Blob): Promise<ModelArchive> {
  const packed = new Uint8Array(await zip.arrayBuffer());
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(packed);
  } catch (cause) {
    throw notAnArchive('it is no zip', cause);
  }
  const config = Object.keys(entries).find((path) => /(^|\/)config\.json$/.test(path));
  if (config === undefined) throw notAnArchive('it holds no config.json');
  const folder = config.slice(0, -'config.json'.length);
  const inFolder = new Map(
    Object.entries(entries).flatMap(([path, bytes]) =>
      path.startsWith(folder) ? [[path.slice(folder.length), bytes as Uint8Array<ArrayBuffer>]] : [],
    ),
  );
  const files = Array.from(inFolder).flatMap(([name, bytes]) =>
    modelFile.test(name) ? [new File([bytes], name)] : [],
  );
  const table = inFolder.get(clipTable);
  const sounds = new Map<string, File[]>();
  const rows = table ? parseCsv(new TextDecoder().decode(table), clipTable, csvBounds).slice(1) : [];
  for (const [file = '', label = ''] of rows) {
    const bytes = inFolder.get(file);
    if (bytes) sounds.set(label, [...(sounds.get(label) ?? []), new File([bytes], file)]);
  }
  return { files, sounds: Array.from(sounds, ([name, recordings]) => ({ name, recordings })) };
}

function notAnArchive(why: string, cause?: unknown): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `this file holds no saved model: ${why}`,
    expected: 'a .zip that was saved here, or one of a model folder',
    cause,
  });
}
