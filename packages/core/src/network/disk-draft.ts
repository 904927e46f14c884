// What has come of a file so far, and which version of it that is: enough to go on from there, now or when
// the program runs again.

import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { notWritable } from '../disk/not-writable.js';
import type { Draft, DraftVersion } from './draft.js';

export interface WritingOptions {
  /** Whether it is to outlast a crash of the machine, for which a busy disk may take seconds. It is unless told `false`. */
  readonly isLasting?: boolean | undefined;
}

/**
 * Has `fill` write `PREFIX.partial`, with `PREFIX.version.json` beside it, and gives it the name `path` when it is
 * done. What it leaves in the draft when it fails stays for the next, but for nothing.
 */
export async function writeOnDisk<T>(
  prefix: string,
  path: string,
  fill: (draft: Draft) => Promise<T>,
  { isLasting = true }: WritingOptions = {},
): Promise<T> {
  const [partialPath, versionPath] = [`${prefix}.partial`, `${prefix}.version.json`];
  const refuse = notWritable(partialPath);
  const handle = await open(partialPath, 'a+').catch(refuse); // writes always append
  let { size: bytes } = await handle.stat();
  let version = await readVersion(versionPath);
  let isWhole = false;
  const draft: Draft = {
    get bytes() {
      return bytes;
    },
    get version() {
      return version;
    },
    read: () => handle.createReadStream({ start: 0, autoClose: false }),
    async begin(next) {
      await handle.truncate(0).catch(refuse);
      await writeFile(versionPath, JSON.stringify(next)).catch(refuse);
      bytes = 0;
      version = next;
    },
    async append(piece) {
      for (let at = 0; at < piece.length; ) {
        const { bytesWritten } = await handle.write(piece, at).catch(refuse);
        at += bytesWritten;
        bytes += bytesWritten;
      }
    },
  };
  try {
    const result = await fill(draft);
    if (isLasting) await handle.sync().catch(refuse); // or a crash after the rename could leave an empty file
    isWhole = true;
    return result;
  } finally {
    await handle.close();
    if (isWhole) await rename(partialPath, path).catch(notWritable(path));
    else if (bytes === 0) {
      await rm(partialPath, { force: true });
      await rm(versionPath, { force: true });
    }
  }
}

/** What was noted of a version; nothing when that is not there, or torn by a crash. */
export async function readVersion(path: string): Promise<DraftVersion> {
  try {
    const { size, etag, lastModified, sha256 } = JSON.parse(await readFile(path, 'utf8')) as Record<
      string,
      unknown
    >;
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return {
      size: Number.isSafeInteger(size) ? Number(size) : undefined,
      etag: text(etag),
      lastModified: text(lastModified),
      sha256: text(sha256),
    };
  } catch {
    return {};
  }
}
