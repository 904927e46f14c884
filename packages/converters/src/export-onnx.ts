// A model directory → an .onnx file of the standard's own operators, for any runtime. Weights stream
// through one at a time, converted to what every runtime reads; the file appears whole or not at all.

import { realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type AnyModel, AudiozooError, type ModelDirectory, type ModelInput } from '@audiozoo/core';
import { fileSink, notWritable, partialPath } from '@audiozoo/core/disk';
import { checkModels, modelForm, type OptionKinds } from '@audiozoo/core/plugin';
import {
  type ExternalData,
  encodeGraph,
  type Graph,
  type Initializer,
  initializerBytes,
  readInitializer,
  traceModel,
} from '@audiozoo/onnx';
import { checkCall, verifyOptionKinds } from './check-call.js';
import type { VerifyOptions } from './checkpoint/checkpoint.js';

export interface ExportOnnxOptions extends VerifyOptions {
  /** Path of the .onnx file. What is there is replaced. */
  readonly out: string;
  /** In the file itself (`inline`, up to 2 GB), or in `OUT.data` beside it, of any size. */
  readonly weights: 'inline' | 'external';
  /**
   * What the graph takes: the model's features, or with `waveform`, for models that can, `samples` [batch, N] at
   * the model's sample rate and `lengths` [batch], how many of them each clip has. N is that of the longest clip, or for models
   * that hear every length as it is, any: what is shorter than N is padded up to it. `features` when absent.
   */
  readonly input?: ModelInput | undefined;
  /** Outputs to compute; all of the model's when absent. */
  readonly outputs?: readonly string[] | undefined;
}

const exportOptionKinds = {
  ...verifyOptionKinds,
  out: 'string',
  weights: { choices: ['inline', 'external'] satisfies ExportOnnxOptions['weights'][] },
  input: { choices: ['features', 'waveform'] satisfies ModelInput[] },
  outputs: 'list',
} as const satisfies OptionKinds<ExportOnnxOptions>;

/** A file that was written. */
export interface ExportedFile {
  readonly path: string;
  readonly bytes: number;
}

/** Smaller tensors stay in the graph, as ONNX's own `convert_model_to_external_data` has it. */
const minExternalBytes = 1024;
/** In OUT.data, large tensors start at multiples of a page, so that runtimes can map them; small ones are packed. */
const pageBytes = 4096;
const smallAlignment = 16;

/**
 * Writes a model as ONNX (opset 20, no operators outside the standard). Its batch is symbolic, and so are lengths of inputs
 * that the model leaves open: `frames` of CED and EfficientAT, or `samples`. float16 weights
 * stay float16 in the file and are cast in the graph; int8 weights stay so too, and their linears multiply
 * integers; other dtypes become float32.
 *
 * Throws `weights` errors when the weights do not fit the model, `model` errors beyond ONNX's 2 GB, `argument`
 * errors for an input that the model does not take, and `file` errors when the files cannot be written.
 */
export async function exportOnnx(
  model: AnyModel,
  directory: ModelDirectory,
  given: ExportOnnxOptions,
): Promise<readonly ExportedFile[]> {
  checkModels([model]);
  checkCall(
    'exportOnnx',
    { ...given, out: given?.out ?? null, weights: given?.weights ?? null },
    exportOptionKinds,
  );
  const { out, weights: placement, input = 'features', outputs, signal, onProgress } = given;
  signal?.throwIfAborted();
  const config = model.readConfig(directory.config, directory.preprocessorConfig);
  const form = await modelForm(model, input);
  const graph = traceModel(form, directory.weights, {
    ...{ config, operators: 'stock', outputs, integers: true },
    anyLength: true,
  });

  const path = resolve(out);
  const data = layOut(placement === 'external' ? graph : undefined, `${basename(path)}.data`);
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
