// What a folder of results was made with, which is what goes on in it.

import { access } from 'node:fs/promises';
import { AudiozooError, type Label } from '@audiozoo/core';
import { fileSink, makeFolder, notWritable, readTextFile, writeFirst } from '@audiozoo/core/disk';
import { isJsonObject, parseJsonObject } from '@audiozoo/core/plugin';
import type { JobSettings } from '../job/job-settings.js';
import { manifestPath, shardsFolder } from './results-folder.js';

/** Of folders of results: another that cannot be read by this program has another. */
const formatVersion = 1;

const mostBytes = 64e6;

export interface Manifest {
  readonly formatVersion: number;
  /** Of what made the folder, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: JobSettings;
  /** In the order of the scores. */
  readonly labels: readonly Label[];
}

/** What a job is to be: how much is cut into a shard may be left to the folder. */
export interface WantedJob extends Omit<Manifest, 'formatVersion' | 'settings'> {
  readonly settings: Omit<JobSettings, 'shardSeconds'> & { readonly shardSeconds?: number | undefined };
}

/**
 * Opens the folder of a job, which is made where it is not there; then `chooseShardSeconds` is asked, unless the settings
 * say how much is cut into a shard. Returns its manifest, whose settings hold. Throws `argument` errors where it holds the
 * results of other settings, which name the first that differs, and `file` errors where it cannot be read or written.
 */
export async function openResults(
  folder: string,
  wanted: WantedJob,
  chooseShardSeconds: () => Promise<number>,
): Promise<Manifest> {
  const there = await readManifest(folder);
  if (there) return agreed(there, wanted, folder);
  const { settings, ...others } = wanted;
  const shardSeconds = settings.shardSeconds ?? (await chooseShardSeconds());
  const manifest: Manifest = { formatVersion, ...others, settings: { ...settings, shardSeconds } };
  await makeFolder(shardsFolder(folder)).catch(notWritable(folder));
  const path = manifestPath(folder);
  const isFirst = await writeFirst(path, async (partial) => {
    const file = await fileSink(partial, path);
    try {
      await file.write(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
    } finally {
      await file.close();
    }
  });
  return isFirst ? manifest : agreed((await readManifest(folder))!, wanted, folder);
}

/** The manifest of a folder of results; undefined where there is none. Throws a `file` error where it is damaged. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const path = manifestPath(folder);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  const json = parseJsonObject(await readTextFile(path, mostBytes), path);
  const { settings, labels, versions } = json;
  const isWhole = isJsonObject(settings) && isJsonObject(versions) && Array.isArray(labels);
  if (json.formatVersion === formatVersion && isWhole) return json as unknown as Manifest;
  throw new AudiozooError({
    code: 'file',
    what: `${path} is not a manifest of results that can be gone on with`,
    expected: `one of format version ${formatVersion}`,
    got: JSON.stringify(json.formatVersion),
    hint: 'Choose another folder, or the version of audiozoo that has made it.',
    option: 'out',
  });
}

/** Where the folder goes on; names of models may differ, what they are may not. */
function agreed(there: Manifest, wanted: WantedJob, folder: string): Manifest {
  const [theirs, ours] = [facts(there.settings), facts(wanted.settings)];
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  const name = names.find((name) => theirs[name] !== ours[name]);
  if (name === undefined) return there;
  throw new AudiozooError({
    code: 'argument',
    what: `${folder} holds results of another ${name}`,
    expected: theirs[name] ?? 'none',
    got: ours[name] ?? 'none',
    hint: 'Go on with what it was begun with, or choose another folder.',
    option: 'out',
    details: { setting: name },
  });
}

/** Settings by name, as texts that can be compared. */
function facts(settings: WantedJob['settings']): Record<string, string | undefined> {
  const { model, shardSeconds: _, ...others } = settings;
  const values = { model: model.sha256, 'size of input': model.size, ...others };
  const told = Object.entries(values).filter(([, value]) => value !== undefined && value !== false);
  return Object.fromEntries(told.map(([name, value]) => [name, JSON.stringify(value)]));
}
