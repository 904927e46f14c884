// What has come of a file so far, and which version of it that is: enough to go on from there, now or when
// the program runs again.

import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { notWritable } from '@audiozoo/core/disk';

/** A version of a file on a server, as far as it is known. */
export interface FileVersion {
  /** What If-Range takes: a strong ETag, or a date. Without one there is no going on. */
  readonly validator?: string | undefined;
  /** Size of the whole file in bytes. */
  readonly bytes?: number | undefined;
  /** 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
}

export interface PartialFile {
  /** Bytes that have come. */
  readonly bytes: number;
  /** What they are of. */
  readonly version: FileVersion;
  /** Forgets the bytes there are, and begins anew. */
  begin(version: FileVersion): Promise<void>;
  append(bytes: Uint8Array): Promise<void>;
  /** The first bytes, `length` at most. */
  head(length: number): Promise<Uint8Array>;
  /** All bytes. */
  read(): AsyncIterable<Uint8Array>;
  /** Gives the file its name. */
  finish(path: string): Promise<void>;
  /** Keeps what has come, for the next to open it. */
  close(): Promise<void>;
  /** Leaves nothing. */
  discard(): Promise<void>;
}

/** Opens `PREFIX.partial`, with `PREFIX.version.json` beside it, or makes it. */
export async function openPartialFile(prefix: string): Promise<PartialFile> {
  const [path, versionPath] = [`${prefix}.partial`, `${prefix}.version.json`];
  const refuse = notWritable(path);
  const handle = await open(path, 'a+').catch(refuse); // writes always append
  let { size: bytes } = await handle.stat();
  let version = await readVersion(versionPath);

  return {
    get bytes() {
      return bytes;
    },
    get version() {
      return version;
    },
    async begin(next) {
      await handle.truncate(0).catch(refuse);
      await writeFile(versionPath, JSON.stringify(next)).catch(refuse);
      bytes = 0;
      version = next;
    },
    async append(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await handle.write(chunk, at).catch(refuse);
        at += bytesWritten;
        bytes += bytesWritten;
      }
    },
    async head(length) {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    },
    read: () => handle.createReadStream({ start: 0, autoClose: false }),
    async finish(finalPath) {
      await handle.sync().catch(refuse); // or a crash after the rename could leave an empty file
      await handle.close();
      await rename(path, finalPath).catch(refuse);
    },
    async close() {
      await handle.close();
      if (bytes === 0) await remove();
    },
    async discard() {
      await handle.close();
      await remove();
    },
  };

  async function remove(): Promise<void> {
    await rm(path, { force: true });
    await rm(versionPath, { force: true });
  }
}

/** What was noted of a version; nothing when that is not there, or torn by a crash. */
export async function readVersion(path: string): Promise<FileVersion> {
  try {
    const { validator, bytes, sha256 } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return {
      validator: typeof validator === 'string' ? validator : undefined,
      bytes: Number.isSafeInteger(bytes) ? Number(bytes) : undefined,
      sha256: typeof sha256 === 'string' ? sha256 : undefined,
    };
  } catch {
    return {};
  }
}
