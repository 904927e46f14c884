// The files of a Hugging Face repository, one by one as they are asked for: config.json first, whose answer says which
// commit a branch is, and all others of that commit.

import { checkFileName } from '../files/file-name.js';
import type { FileStore } from '../files/file-store.js';
import type { FetchOptions } from '../files/location.js';
import type { Place } from './draft.js';
import { StatusError } from './failure.js';
import { type FetchedFileOptions, openFetchedFile } from './fetched-file.js';
import { commitOf, type HuggingFaceHub, isCommit, notOnHub, promisedFile, repositoryUrl } from './hub.js';
import { readIntegrity } from './integrity.js';

export interface HubFilesOptions
  extends Omit<FetchedFileOptions, 'place' | 'expected' | 'promises' | 'isFixed'> {
  /** SHA-256 by file name, as `openFiles` takes them. */
  readonly integrity?: FetchOptions['integrity'];
  readonly hub: HuggingFaceHub;
  readonly repository: string;
  readonly revision: string;
  /** The commit that the revision is, where it is known already. */
  readonly commit?: string | undefined;
  /** Where a file of a commit is kept; undefined: of the commit that its answer tells. */
  place(name: string, commit: string | undefined): Place;
}

export interface HubFiles extends FileStore {
  /** The commit that all files are of. */
  commit(): Promise<string>;
}

export function hubFiles(options: HubFilesOptions): HubFiles {
  const { hub, repository, revision, place, integrity, ...fetching } = options;
  let told: string | undefined;

  const openAt = async (name: string, commit: string | undefined) => {
    const url = new URL(encodeURIComponent(name), repositoryUrl(hub, repository, commit ?? revision));
    return openFetchedFile(url, name, {
      ...fetching,
      authorization: hub.authorization,
      expected: { sha256: readIntegrity(integrity, name) },
      isFixed: commit !== undefined,
      place: place(name, commit),
      promises(headers) {
        told ??= commitOf(headers);
        return promisedFile(headers);
      },
    }).catch((error: unknown) => {
      const isRefused = error instanceof StatusError && [401, 403].includes(error.status);
      throw isRefused ? notOnHub(error.status, repository, revision, error) : error;
    });
  };
  const askForCommit = async () => {
    if (isCommit(revision)) return revision;
    const config = await openAt('config.json', undefined);
    if (!config) throw notOnHub(404, repository, revision);
    await config.close();
    return told ?? revision;
  };
  let asked: Promise<string> | undefined;
  const commit = () => {
    asked ??= options.commit === undefined ? askForCommit() : Promise.resolve(options.commit);
    return asked;
  };
  return {
    name: revision === 'main' ? repository : `${repository}@${revision}`,
    commit,
    async open(name) {
      checkFileName(name);
      return openAt(name, await commit());
    },
  };
}
