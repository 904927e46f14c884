// Where a model directory is written to: a folder in Node, memory in a browser. It appears whole at
// `commit`, or not at all.

import type { ByteSource, FileStore, JsonObject } from '@audiozoo/core';
import type { FileSink } from '@audiozoo/core/disk';
import { checkRange, jsonText } from '@audiozoo/core/plugin';

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
  const writing = new Map<string, readonly Blob[]>();
  const files = new Map<string, readonly Blob[]>();
  return {
    name,
    async create(fileName) {
      const pieces: Blob[] = []; // browsers keep large Blobs on disk, so that weights need not fit into memory
      return {
        async write(bytes) {
          pieces.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
        },
        async close() {
          writing.set(fileName, pieces);
        },
      };
    },
    async commit() {
      for (const [fileName, pieces] of writing) files.set(fileName, pieces);
      writing.clear();
    },
    async abort() {
      writing.clear();
    },
    async open(fileName) {
      const pieces = files.get(fileName);
      return pieces && piecesSource(pieces, fileName);
    },
  };
}

/**
 * Pieces one after another. They are read whole, which is how tensors lie in them: a slice of a Blob is another
 * copy, in the browser's memory until somebody collects it.
 */
function piecesSource(pieces: readonly Blob[], name: string): ByteSource {
  const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
  return {
    name,
    size,
    async read(offset, length) {
      checkRange(this, offset, length);
      const bytes = new Uint8Array(length);
      let start = -offset; // of the piece, in `bytes`
      for (const piece of pieces) {
        const end = start + piece.size;
        if (end > 0 && start < length) {
          const whole = new Uint8Array(await piece.arrayBuffer());
          if (start === 0 && end === length) return whole;
          bytes.set(whole.subarray(Math.max(0, -start), length - start), Math.max(0, start));
        }
        start = end;
      }
      return bytes;
    },
    async close() {},
  };
}

/** Writes the JSON files of a model directory. */
export async function writeConfigs(
  sink: ModelDirectorySink,
  config: JsonObject,
  preprocessorConfig: JsonObject | undefined,
): Promise<void> {
  await writeJson(sink, 'config.json', config);
  if (preprocessorConfig) await writeJson(sink, 'preprocessor_config.json', preprocessorConfig);
}

export async function writeJson(sink: ModelDirectorySink, name: string, value: JsonObject): Promise<void> {
  const file = await sink.create(name);
  try {
    await file.write(new TextEncoder().encode(jsonText(value)));
  } finally {
    await file.close();
  }
}
