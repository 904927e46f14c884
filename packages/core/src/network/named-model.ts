// Models by name, in Node: what the models' own lists publish, and repositories of Hugging Face. What was fetched or
// converted once is here, and needs no network.

import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { nearest } from '../checks/nearest.js';
import { AudiozooError } from '../errors.js';
import type { FileStore } from '../files/file-store.js';
import { openFolder } from '../files/folder.js';
import type { OpenFilesOptions } from '../files/location.js';
import type { ZooEntry } from '../model/zoo.js';
import { alone, cacheFolder, diskPlace } from './disk-store.js';
import { refusal, StatusError } from './failure.js';
import { type Network, nameIn, openFetched } from './fetched-files.js';
import { huggingFaceHub, type RepositoryName, readRepositoryName } from './hub.js';
import { cachedRepositories, cachedRevision, hubEnvironment } from './hub-cache.js';
import { hubFiles } from './hub-files.js';
import { memoryPlace } from './memory-place.js';

/** What goes by a name that is no folder here. Throws a `file` error where nothing does. */
export async function openNamed(
  name: string | URL,
  network: Network,
  options: OpenFilesOptions,
): Promise<FileStore> {
  const entry = (await options.zoo?.())?.find((entry) => entry.name === name);
  if (entry?.checkpoint && options.convert) return openConverted(entry, network, options);
  const repository = readRepositoryName(entry?.repository ?? String(name));
  if (repository) return openRepository(String(name), repository, network, options);
  if (entry) {
    throw new AudiozooError({
      code: 'argument',
      what: `${entry.name} has to be converted first`,
      expected: 'a way to do so: `converters`',
      hint: 'Pass `converters`, or name the folder that it was converted to.',
      option: 'converters',
      details: { missing: 'folder' },
    });
  }
  throw await notFolder(name, options);
}

/** What was looked for, and what was perhaps meant. */
export async function notFolder(name: string | URL, options: OpenFilesOptions): Promise<AudiozooError> {
  const zoo = await options.zoo?.();
  return refusal({
    what: `${name} is not a folder${isPath(name) ? '' : ', and no model goes by that name'}`,
    expected: `a model directory, ${otherNames(zoo)}`,
    hint: `${await meant(name, zoo)}Name a folder that was converted here, or downloaded from Hugging Face.`,
    details: { missing: 'folder' },
  });
}

function isPath(name: string | URL): boolean {
  return typeof name !== 'string' || /^[./~\\]|^\w:|[\\]/.test(name);
}

function otherNames(zoo: readonly ZooEntry[] = []): string {
  const names = zoo.map(({ name }) => name).join(', ');
  return `${names && `a published name (${names}), `}or a Hugging Face repository, owner/name`;
}

/** A sentence about the name that was perhaps meant, of those that are known here. */
async function meant(name: string | URL, zoo: readonly ZooEntry[] = []): Promise<string> {
  if (typeof name !== 'string') return '';
  const folder = dirname(resolve(name));
  const beside: readonly string[] = await readdir(folder).catch(() => []);
  const close =
    nearest(name, [
      ...zoo.flatMap(({ name, repository }) => [name, ...(repository ? [repository] : [])]),
      ...(await cachedRepositories((await hubEnvironment()).cacheFolder)),
    ]) ?? nearest(basename(name), beside);
  if (close === undefined) return '';
  return `Did you mean ${beside.includes(close) ? join(dirname(name), close) : close}? `;
}

async function openRepository(
  name: string,
  { repository, revision = 'main' }: RepositoryName,
  network: Network,
  options: OpenFilesOptions,
): Promise<FileStore> {
  const { endpoint, token, cacheFolder, isOffline } = await hubEnvironment();
  const hub = huggingFaceHub(endpoint, token);
  const { zoo, convert: _, cache = true, ...fetching } = options;
  const cached = cachedRevision(cacheFolder, repository, revision);
  const files = hubFiles({
    ...fetching,
    ...(isOffline && { fetch: refuseOffline(repository, revision, cacheFolder) }),
    createSha256: network.createSha256,
    hub,
    repository,
    revision,
    commit: cache ? await cached.commit() : undefined,
    place: cache ? cached.place : () => memoryPlace,
  });
  await files.commit().catch(async (error: unknown) => {
    if (!(error instanceof AudiozooError) || error.code !== 'file') throw error;
    const isUnknown = error instanceof StatusError;
    throw refusal({
      what: isUnknown ? error.what : `${repository} is neither here nor to be fetched: ${error.what}`,
      expected: `a folder ${resolve(name)}, ${repository} in ${cacheFolder}, or ${isUnknown ? error.expected : `an answer from ${hub.endpoint.origin}`}`,
      got: error.got,
      hint: `${await meant(name, await zoo?.())}${error.hint ?? ''}`,
      cause: error,
    });
  });
  return files;
}

function refuseOffline(repository: string, revision: string, cacheFolder: string): () => Promise<never> {
  return async () => {
    throw refusal({
      what: `${repository} at ${revision} is not in the cache, and HF_HUB_OFFLINE forbids to fetch it`,
      expected: `it in ${cacheFolder}`,
      hint: 'Unset HF_HUB_OFFLINE once, while there is a network.',
    });
  };
}

/** A published checkpoint as the directory that it became, which is kept in place of it. */
async function openConverted(
  { name, checkpoint }: ZooEntry,
  network: Network,
  { convert, onProgress, signal, fetch }: OpenFilesOptions,
): Promise<FileStore> {
  const { url, sha256, conversion } = checkpoint!;
  const version = createHash('sha256').update(JSON.stringify({ url, sha256, conversion })).digest('hex');
  const folder = join(cacheFolder(), 'models');
  const out = join(folder, `${name.replaceAll(/[^\w.-]/g, '_')}-${version.slice(0, 12)}`);
  const isThere = () => stat(out).catch(() => undefined);
  if (!(await isThere())) {
    await alone(join(folder, `.${basename(out)}.partial`), signal, async () => {
      if (await isThere()) return;
      const address = new URL(url);
      const integrity = sha256 === undefined ? undefined : { [nameIn(address)]: sha256 };
      const source = await openFetched(address, network, { integrity, onProgress, signal, fetch });
      try {
        await convert!(source, conversion, out);
      } finally {
        await source.close();
      }
      await diskPlace(address).remove();
    });
  }
  return { ...(await openFolder(out)), name };
}
