// Where files may come from and how they are fetched: the same types in Node and in browsers, whose
// `openFiles` differ only in what a path means.

import type { OptionKinds } from '../checks/options.js';
import type { ConversionOptions } from '../model/foreign-checkpoint.js';
import type { ZooEntry } from '../model/zoo.js';
import type { FileProgress } from '../network/fetched-file.js';
import type { ByteSource } from './byte-source.js';
import type { FileStore } from './file-store.js';

/**
 * A folder's path or `file:` URL (Node), an http(s) URL (in browsers it may be relative to the page), the name of
 * a published checkpoint or a Hugging Face repository (`owner/name`, `owner/name@revision`), the files that a
 * person chose or dropped, or a folder's handle (browsers).
 */
export type FilesLocation = string | URL | readonly File[] | FileSystemDirectoryHandle;

/** How files come over the network. None of it concerns files that are here already. */
export interface FetchOptions {
  /** Called as bytes arrive, for one file at a time. */
  readonly onProgress?: ((progress: FileProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether what was fetched is kept, so that the next time it is read from there, without a network too: in a
   * browser in its origin private file system, wherever it allows; in Node in `AUDIOZOO_CACHE`, or a folder
   * among the user's caches. It is unless told `false`.
   */
  readonly cache?: boolean | undefined;
  /**
   * SHA-256 by file name, as `sha256-` and base64 (as in HTML's integrity attribute) or as 64 hexadecimal
   * digits. A file that differs is refused before any weight of it is used, and not kept.
   */
  readonly integrity?: Readonly<Record<string, string>> | undefined;
  /** What relative addresses start from in a browser: the page, or a worker's script, when absent. */
  readonly base?: string | undefined;
  /** What to fetch with, such as a `fetch` that goes through a proxy; the runtime's own when absent. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** What a model may be named by, beside its folder's path or address. */
export interface OpenFilesOptions extends FetchOptions {
  /** Published checkpoints, which go by their `name`; asked for where a location may be one. */
  readonly zoo?: (() => Promise<readonly ZooEntry[]>) | undefined;
  /**
   * Makes a model directory of a published checkpoint that is a file of another program: at `out`, or where that is
   * absent in memory, which it returns.
   */
  readonly convert?:
    | ((
        checkpoint: ByteSource,
        conversion: ConversionOptions | undefined,
        out: string | undefined,
      ) => Promise<FileStore | undefined>)
    | undefined;
}

export const fetchOptionKinds = {
  base: 'string',
  onProgress: 'function',
  signal: 'signal',
  cache: 'boolean',
  integrity: 'record',
  fetch: 'function',
} as const satisfies OptionKinds<FetchOptions>;

export const openFilesOptionKinds = {
  ...fetchOptionKinds,
  zoo: 'function',
  convert: 'function',
} as const satisfies OptionKinds<OpenFilesOptions>;
