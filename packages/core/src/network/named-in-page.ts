// Models by name, in a page: what the models' own lists publish, and repositories of Hugging Face.

import { AudiozooError } from '../errors.js';
import type { FileStore } from '../files/file-store.js';
import type { OpenFilesOptions } from '../files/location.js';
import { fetchedFiles, type Network, openFetched } from './fetched-files.js';
import { huggingFaceHub, type RepositoryName, readRepositoryName, repositoryUrl } from './hub.js';

/** What goes by a name, or is a folder beside the page: that counts more than a repository. */
export async function openNamed(
  name: string,
  beside: URL,
  network: Network,
  options: OpenFilesOptions,
): Promise<FileStore> {
  const { zoo, convert, ...fetching } = options;
  const onHub = ({ repository, revision = 'main' }: RepositoryName) =>
    fetchedFiles(repositoryUrl(huggingFaceHub(), repository, revision), network, fetching);
  const here = fetchedFiles(beside, network, fetching);

  const entry = (await zoo?.())?.find((entry) => entry.name === name);
  const repository = readRepositoryName(entry?.repository ?? name);
  if (repository) return entry || !(await isThere(here)) ? onHub(repository) : here;
  if (!entry?.checkpoint) return here;
  const { url, conversion } = entry.checkpoint;
  const converted = await convert?.(
    await openFetched(new URL(url), network, fetching),
    conversion,
    undefined,
  );
  if (converted) return converted;
  throw new AudiozooError({
    code: 'argument',
    what: `${name} has to be converted first`,
    expected: 'a way to do so: `converters`',
  });
}

/** Servers of single-page applications answer with a page for what they do not have. */
async function isThere(files: FileStore): Promise<boolean> {
  try {
    const config = await files.open('config.json');
    await config?.close();
    return config !== undefined;
  } catch (error) {
    if (!AudiozooError.isInstance(error, 'file')) throw error;
    return false;
  }
}
