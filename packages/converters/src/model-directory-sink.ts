// Where a model directory is written to: a folder in Node, memory in a browser. It appears whole at
// `commit`, or not at all.

import { blobSource, type FileStore } from '@audiozoo/core';

export interface FileSink {
  /** Appends. The bytes are the sink's from here on. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface ModelDirectorySink {
  /** Begins a file, the one before being closed. `name` is one file name, never a path. */
  create(name: string): Promise<FileSink>;
  /** Makes all files appear. */
  commit(): Promise<void>;
  /** Leaves nothing behind. Does nothing after `commit`. */
  abort(): Promise<void>;
}

/** A model directory in memory: once committed, a `FileStore` that models load from. */
export function memoryDirectory(name = 'a converted model'): ModelDirectorySink & FileStore {
  const writing = new Map<string, Blob>();
  const files = new Map<string, Blob>();
  return {
    name,
    async create(fileName) {
      const pieces: Blob[] = []; // browsers keep large Blobs on disk, so that weights need not fit into memory
      return {
        async write(bytes) {
          pieces.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
        },
        async close() {
          writing.set(fileName, new Blob(pieces));
        },
      };
    },
    async commit() {
      for (const [fileName, blob] of writing) files.set(fileName, blob);
      writing.clear();
    },
    async abort() {
      writing.clear();
    },
    async open(fileName) {
      const blob = files.get(fileName);
      return blob && blobSource(blob, fileName);
    },
  };
}

/** Writes a small file whole. */
export async function writeText(sink: ModelDirectorySink, name: string, text: string): Promise<void> {
  const file = await sink.create(name);
  try {
    await file.write(new TextEncoder().encode(text));
  } finally {
    await file.close();
  }
}
