// One file from an address to the disk.

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Staging } from '../disk/staging.js';
import { openDiskFile } from '../files/disk-file.js';
import { readVersion, type WritingOptions, writeOnDisk } from './disk-draft.js';
import { type DownloadOptions, download, refuseWrongChecksum } from './download.js';
import type { Place } from './draft.js';
import { checksumOf, createNodeSha256 } from './node-sha256.js';
import { bothExpected } from './version.js';

export interface DownloadedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Whether that checksum was known before it came. */
  readonly verified: boolean;
}

/**
 * Downloads a file to `staging.files`. What has come stays in `staging.parts` when it breaks off or is
 * aborted, for the next download of the same name; a file that is there whole is not fetched again.
 * Throws as `download` does, and `file` errors for what cannot be written.
 */
export async function downloadFile(
  url: URL,
  { parts, files }: Pick<Staging, 'parts' | 'files'>,
  name: string,
  { isLasting, ...options }: Omit<DownloadOptions, 'createSha256'> & WritingOptions,
): Promise<DownloadedFile> {
  const prefix = join(parts, name);
  const path = join(files, name);
  const isThere = await stat(path).catch(() => undefined);
  let sha256: string | undefined;
  if (isThere) sha256 = await checksumOf(path);
  else {
    const fill = (draft: Parameters<typeof download>[1]) =>
      download(url, draft, { ...options, createSha256: createNodeSha256 });
    sha256 = await writeOnDisk(prefix, path, fill, { isLasting });
  }
  const expected = bothExpected(options.expected, await readVersion(`${prefix}.version.json`));
  refuseWrongChecksum(url, sha256, expected.sha256);
  return {
    name,
    bytes: (await stat(path)).size,
    sha256: sha256!,
    verified: expected.sha256 !== undefined,
  };
}

/**
 * Where a file of a repository is kept in a staging folder, as `downloadFile` does; `tell` hears of it when it is there
 * whole.
 */
export function stagedPlace(
  { parts, files }: Pick<Staging, 'parts' | 'files'>,
  name: string,
  tell: (file: DownloadedFile) => void,
): Place {
  const prefix = join(parts, name);
  const path = join(files, name);
  const opened = async (sha256: string, expected: string | undefined) => {
    const source = (await openDiskFile(path))!;
    tell({ name, bytes: source.size, sha256, verified: expected !== undefined });
    return source;
  };
  return {
    async find() {
      if (!existsSync(path)) return undefined;
      const sha256 = await checksumOf(path);
      const { sha256: expected, ...version } = await readVersion(`${prefix}.version.json`);
      return expected === undefined || expected === sha256
        ? { source: await opened(sha256, expected), version, sha256 }
        : undefined;
    },
    async keep({ version }, fill) {
      return opened((await writeOnDisk(prefix, path, fill))!, version.sha256);
    },
    async remove() {},
  };
}
