// Hugging Face's cache, as huggingface_hub lays it out, so that what Python has fetched is found here and the other way
// round: `models--OWNER--NAME/` with `blobs/ETAG`, `snapshots/COMMIT/FILE`, which are links to blobs, `refs/REVISION`,
// which hold commits, and `.no_exist/COMMIT/FILE` for files that a commit does not have.

import { existsSync } from 'node:fs';
import { constants, copyFile, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { makeFolder } from '../disk/make-folder.js';
import { notWritable } from '../disk/not-writable.js';
import { writeWhole } from '../disk/whole-file.js';
import { openDiskFile } from '../files/disk-file.js';
import { writeOnDisk } from './disk-draft.js';
import { alone, writeText } from './disk-store.js';
import type { Place } from './draft.js';
import { commitOf, isCommit } from './hub.js';
import { checksumOf } from './node-sha256.js';

/** What the environment says of the hub and its cache, under the names of huggingface_hub. */
export interface HubEnvironment {
  readonly endpoint: string | undefined;
  readonly token: string | undefined;
  readonly cacheFolder: string;
  readonly isOffline: boolean;
}

export async function hubEnvironment(environment = process.env): Promise<HubEnvironment> {
  const { XDG_CACHE_HOME, HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH } = environment;
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  const kept = () => readFile(HF_TOKEN_PATH || join(home, 'token'), 'utf8').catch(() => '');
  return {
    endpoint: HF_ENDPOINT || undefined,
    token: (HF_TOKEN ?? (await kept())).trim() || undefined,
    cacheFolder: HF_HUB_CACHE || join(home, 'hub'),
    isOffline: /^(1|on|yes|true)$/i.test(environment.HF_HUB_OFFLINE ?? ''),
  };
}

/** Names of the repositories in the cache, `owner/name`. */
export async function cachedRepositories(cacheFolder: string): Promise<readonly string[]> {
  const names = await readdir(cacheFolder).catch(() => []);
  return names.flatMap((name) => {
    const [, owner, repository] = /^models--(.+?)--(.+)$/.exec(name) ?? [];
    return owner ? [`${owner}/${repository}`] : [];
  });
}

/** A repository in the cache, at a branch, tag or commit. */
export interface CachedRevision {
  /** The folder of a commit's files. */
  snapshot(commit: string): string;
  /** The commit that the revision was when it was last asked for. */
  commit(): Promise<string | undefined>;
  /** Where a file is kept; of a commit that is not known yet, what is kept is its answer's. */
  place(name: string, commit: string | undefined): Place;
}

export function cachedRevision(cacheFolder: string, repository: string, revision: string): CachedRevision {
  const mark = `models--${repository.replace('/', '--')}`;
  const folder = join(cacheFolder, mark);
  const snapshot = (commit: string) => join(folder, 'snapshots', commit);
  const reference = join(folder, 'refs', ...revision.split('/'));

  const keepCommit = async (commit: string) => {
    if (revision === commit || (await readText(reference)) === commit) return;
    await makeFolderOf(reference);
    await writeText(reference, commit);
  };
  /** Beside Python's own locks, where it looks for no files. */
  const workOf = (blob: string) => join(cacheFolder, '.locks', mark, `${basename(blob)}.audiozoo`);
  return {
    snapshot,
    async commit() {
      if (isCommit(revision)) return revision;
      const commit = await readText(reference);
      return isCommit(commit) ? commit : undefined;
    },
    place: (name, known) => ({
      async find(isChecked) {
        if (known === undefined) return undefined;
        const source = await openDiskFile(join(snapshot(known), name));
        if (source) {
          // Who was killed while it waited for a file that another brought has left where it would have worked.
          const work = workOf(source.path!);
          if (existsSync(work)) await alone(work, undefined, async () => {}).catch(() => {});
          const sha256 = isChecked ? await checksumOf(source.path!) : undefined;
          return { source, version: { size: source.size }, sha256 };
        }
        return existsSync(join(folder, '.no_exist', known, name)) ? null : undefined;
      },
      async keep({ version, headers, signal }, fill) {
        const commit = commitOf(headers) ?? known ?? revision;
        const blob = join(folder, 'blobs', blobName(headers) ?? `${commit}-${name}`);
        await makeFolderOf(blob);
        await alone(workOf(blob), signal, async (work) => {
          const isExpected = async () => !version.sha256 || (await checksumOf(blob)) === version.sha256;
          if (existsSync(blob) && (await isExpected())) return;
          await writeOnDisk(join(work, 'file'), blob, fill);
        });
        const path = join(snapshot(commit), name);
        await makeFolderOf(path);
        await linkOrCopy(blob, path);
        await keepCommit(commit);
        return (await openDiskFile(path))!;
      },
      async remove() {
        if (known === undefined) return;
        const path = join(folder, '.no_exist', known, name);
        await makeFolderOf(path);
        await writeFile(path, '').catch(notWritable(path));
      },
    }),
  };
}

/** The name of a file's blob: its ETag, where it can be a name. */
function blobName(headers: Headers): string | undefined {
  const tag = headers.get('x-linked-etag') ?? headers.get('etag');
  const name = tag?.replace(/^W\//, '').replaceAll('"', '');
  return name && /^[\w-]{1,128}$/.test(name) ? name : undefined;
}

/** Makes `path` the file `target`: a link to it, or a copy where no links can be made, as on Windows without leave. */
export async function linkOrCopy(target: string, path: string, link = symlink): Promise<void> {
  await writeWhole(path, (partial) =>
    link(relative(dirname(path), target), partial, 'file').catch(() =>
      copyFile(target, partial, constants.COPYFILE_FICLONE).catch(notWritable(path)),
    ),
  );
}

/** Makes the folder that a file goes to. */
async function makeFolderOf(path: string): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder).catch(notWritable(folder));
}

async function readText(path: string): Promise<string | undefined> {
  return (await readFile(path, 'utf8').catch(() => undefined))?.trim();
}
