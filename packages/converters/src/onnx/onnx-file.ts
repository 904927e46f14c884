// A graph as an .onnx file, and a file of weights beside it if asked for. Weights stream through one at a time, converted to
// what every runtime reads; the files appear whole or not at all.

import { realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AudiozooError, type ModelDirectory } from '@audiozoo/core';
import { fileSink, notWritable, partialPath } from '@audiozoo/core/disk';
import {
  type ExternalData,
  encodeGraph,
  type Graph,
  type Initializer,
  initializerBytes,
  readInitializer,
} from '@audiozoo/onnx';
import type { VerifyOptions } from '../checkpoint/checkpoint.js';

/** In the file itself (`inline`, up to 2 GB), or in a file beside it, of any size. */
export type WeightsPlacement = 'inline' | 'external';

/** A file that was written. */
export interface ExportedFile {
  readonly path: string;
  readonly bytes: number;
}

interface WriteOptions extends VerifyOptions {
  readonly out: string;
  readonly weights: WeightsPlacement;
}

/** Smaller tensors stay in the graph, as ONNX's own `convert_model_to_external_data` has it. */
const minExternalBytes = 1024;
/** In OUT.data, large tensors start at multiples of a page, so that runtimes can map them; small ones are packed. */
const pageBytes = 4096;
const smallAlignment = 16;

/** Writes the graph of a model whose weights lie in `directory`. Throws as `exportOnnx`. */
export async function writeOnnx(
  graph: Graph,
  directory: ModelDirectory,
  { out, weights, signal, onProgress }: WriteOptions,
): Promise<readonly ExportedFile[]> {
  const path = resolve(out);
  const data = layOut(weights === 'external' ? graph : undefined, `${basename(path)}.data`);
  const encoded = encodeGraph(graph, { locate: (initializer) => data.places.get(initializer) });
  const files = [
    ...(data.places.size > 0
      ? [{ path: join(dirname(path), data.location), bytes: data.bytes, chunks: dataChunks(data) }]
      : []),
    { path, bytes: encoded.byteLength, chunks: encoded.chunks() },
  ];
  await refuseSources(files, directory);

  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  await writeTogether(files, (bytes) => {
    signal?.throwIfAborted();
    onProgress?.({ done: (done += bytes), total, unit: 'bytes' });
  });
  return files.map(({ path, bytes }) => ({ path, bytes }));
}

interface DataFile {
  readonly location: string;
  readonly bytes: number;
  readonly places: ReadonlyMap<Initializer, ExternalData>;
}

/** Where each initializer goes in the file beside the graph. */
function layOut(graph: Graph | undefined, location: string): DataFile {
  const places = new Map<Initializer, ExternalData>();
  let bytes = 0;
  for (const initializer of graph?.initializers ?? []) {
    const length = initializerBytes(initializer);
    if (length < minExternalBytes) continue;
    const alignment = length < pageBytes ? smallAlignment : pageBytes;
    const offset = Math.ceil(bytes / alignment) * alignment;
    places.set(initializer, { location, offset });
    bytes = offset + length;
  }
  return { location, bytes, places };
}

async function* dataChunks({ places }: DataFile): AsyncGenerator<Uint8Array> {
  let position = 0;
  for (const [initializer, { offset }] of places) {
    yield new Uint8Array(offset - position);
    const bytes = await readInitializer(initializer);
    yield bytes;
    position = offset + bytes.length;
  }
}

interface FileToWrite extends ExportedFile {
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Writes the graph, the last of `files`, and what it needs. On failure nothing is left, and what was there stays. */
async function writeTogether(
  files: readonly FileToWrite[],
  onWritten: (bytes: number) => void,
): Promise<void> {
  const partials: string[] = [];
  try {
    for (const file of files) {
      const partial = await partialPath(file.path);
      partials.push(partial);
      await writeBeside(file, partial, onWritten);
    }
    await putInPlace(
      files.map(({ path }) => path),
      partials,
    );
  } catch (error) {
    await Promise.all(partials.map((partial) => rm(partial, { force: true })));
    throw error;
  }
}

/**
 * Two files cannot be replaced at once. An earlier graph goes before its weights are replaced: whoever is killed in
 * between leaves no graph, rather than one with the weights of another.
 */
async function putInPlace(paths: readonly string[], partials: readonly string[]): Promise<void> {
  const graph = paths.at(-1)!;
  let earlier: string | undefined;
  if (paths.length > 1 && (await stat(graph).catch(() => undefined))?.isFile()) {
    earlier = await partialPath(graph);
    await rename(graph, earlier).catch(notWritable(graph));
  }
  for (const [index, path] of paths.entries()) {
    try {
      await rename(partials[index]!, path).catch(notWritable(path));
    } catch (error) {
      // The earlier graph comes back as long as its weights are there.
      if (earlier !== undefined) await (index === 0 ? rename(earlier, graph) : rm(earlier));
      throw error;
    }
  }
  if (earlier !== undefined) await rm(earlier, { force: true });
}

async function writeBeside(
  { path, chunks }: FileToWrite,
  partial: string,
  onWritten: (bytes: number) => void,
): Promise<void> {
  const file = await fileSink(partial, path);
  try {
    for await (const chunk of chunks) {
      await file.write(chunk);
      onWritten(chunk.length);
    }
  } finally {
    await file.close();
  }
}

/** The weights are read while the files are written: none may be among them. */
async function refuseSources(files: readonly ExportedFile[], { weights }: ModelDirectory): Promise<void> {
  const sources = new Set(Array.from(weights.tensors.values(), ({ source }) => source.path));
  for (const { path } of files) {
    if (!sources.has(await realpath(path).catch(() => path))) continue;
    throw new AudiozooError({
      code: 'argument',
      what: `${path} holds the weights that are to be exported`,
      expected: 'another file name, ending in .onnx',
    });
  }
}
