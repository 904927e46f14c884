// Data sets of this machine's disk, in Node.

import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AudiozooError, type Label } from '@audiozoo/core';
import { readTextFile } from '@audiozoo/core/disk';
import { checkOptions, type OptionKinds, rest } from '@audiozoo/core/plugin';
import { classFolders } from './class-folders.js';
import { parseClipTable } from './clip-table.js';
import { type DataSet, type LabeledClip, labelClips } from './data-set.js';
import { parseOfficialJson } from './official-json.js';

export interface DataSetOptions {
  /** The classes, in the order of a model's outputs; absent: those that occur, in the order of their characters. */
  readonly labels?: readonly Label[] | undefined;
  /** Where relative paths of a table start; absent: the table's folder. */
  readonly audioFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const optionKinds = {
  labels: 'list',
  audioFolder: 'string',
  signal: 'signal',
} as const satisfies OptionKinds<DataSetOptions>;

export interface ClipOnDisk extends LabeledClip {
  /** Where the file is. */
  readonly path: string;
}

export interface DataSetOnDisk extends DataSet {
  readonly clips: readonly ClipOnDisk[];
}

/** AudioSet's two million training clips take 300 MB. */
const maxBytes = 400_000_000;
const maxFiles = 2_200_000;

/**
 * Reads a list of clips: a folder with one for each class; the official JSON, `{ "data": [{ "wav", "labels" }] }`, by the ending
 * `.json`; or CSV, `file,label[,fold][,start,end]`. No sound is opened. Throws `file` errors that name the row.
 */
export async function readDataSet(path: string, options: DataSetOptions = {}): Promise<DataSetOnDisk> {
  checkOptions('readDataSet', options, optionKinds);
  const { labels, audioFolder = dirname(path), signal } = options;
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) {
    return onDisk(classFolders(await filesBelow(path, signal), path, labels), path);
  }
  const text = await readTextFile(path, maxBytes, 'is no list of clips');
  signal?.throwIfAborted();
  const named = /\.json$/i.test(path)
    ? await parseOfficialJson(text, path, signal)
    : parseClipTable(text, path);
  return onDisk(labelClips(named, labels), audioFolder);
}

function onDisk({ labels, clips }: DataSet, folder: string): DataSetOnDisk {
  return { labels, clips: clips.map((clip) => ({ ...clip, path: resolve(folder, clip.file) })) };
}

/** Paths of all files from a folder, with `/` between names. Links to folders are not followed: they may lead around. */
async function filesBelow(folder: string, signal: AbortSignal | undefined): Promise<string[]> {
  const files: string[] = [];
  const folders = [''];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    await rest(signal);
    for (const entry of await readdir(join(folder, next), { withFileTypes: true })) {
      const path = next === '' ? entry.name : `${next}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() || (await isLinkedFile(entry.isSymbolicLink(), join(folder, path))))
        files.push(path);
      if (files.length + folders.length > maxFiles) {
        const what = `${folder} holds too much`;
        throw new AudiozooError({ code: 'file', what, expected: `at most ${maxFiles} files`, got: 'more' });
      }
    }
  }
  return files;
}

async function isLinkedFile(isLink: boolean, path: string): Promise<boolean> {
  return isLink && ((await stat(path).catch(() => undefined))?.isFile() ?? false);
}
