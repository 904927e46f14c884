// A file while it comes, wherever it is to be kept.

import type { ByteSource } from '../files/byte-source.js';
import type { Version } from './version.js';

/** A version, and the SHA-256 (64 hexadecimal digits) that it must have, where that is known. */
export interface DraftVersion extends Version {
  readonly sha256?: string | undefined;
}

export interface Draft {
  /** Bytes that have come. */
  readonly bytes: number;
  /** What they are of. */
  readonly version: DraftVersion;
  /** All of them. */
  read(): AsyncIterable<Uint8Array>;
  /** Forgets them, and begins anew. */
  begin(version: DraftVersion): Promise<void>;
  /** The bytes are the caller's again once it is done. */
  append(bytes: Uint8Array): Promise<void>;
}

/** What a server says of a file before it comes. */
export interface ComingFile {
  readonly version: DraftVersion;
  /** Of the server that was asked, not of those that it redirects to. */
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/** What is known of a file that is kept. */
export interface KeptFile {
  readonly source: ByteSource;
  readonly version: Version;
  /** 64 hexadecimal digits, if it was checked. */
  readonly sha256: string | undefined;
}

/** Where one file of a server is kept. */
export interface Place {
  /** What is kept there, with its SHA-256 if that counts; null when it is known that the server has no such file. */
  find(isChecked: boolean): Promise<KeptFile | undefined | null>;
  /**
   * Keeps what `fill` writes, all or nothing, in place of what was kept before; what another process has brought
   * meanwhile will do. `fill` returns the SHA-256, if it was computed.
   */
  keep(file: ComingFile, fill: (draft: Draft) => Promise<string | undefined>): Promise<ByteSource>;
  /** Notes that the server has no such file. */
  remove(): Promise<void>;
}
