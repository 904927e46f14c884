import { ast } from '@audiozoo/ast';
import { type WasmOptions, wasm } from '@audiozoo/backend-web/wasm';
import { memoryDirectory, quantizeModel } from '@audiozoo/converters';
import type { AnyModel, FileStore, LoadedModel, Ops } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { parameter, weightsInMemory } from '@audiozoo/core/plugin';
import { conformanceCases, randomTensor, referenceBackend } from '@audiozoo/core/testing';
import { loadClassifier } from '@audiozoo/tasks';
import * as example from './example.js';
import { type GoldenCase, goldenOutputs } from './golden.js';
import { namedTests } from './named-tests.js';
import { logitsOfBoth } from './waveform.js';

/** The workers of this page that run. */
const running = new Set<Worker>();
/** What new workers do instead of their script. */
let replacement: string | undefined;
globalThis.Worker = class extends Worker {
  constructor(script: string | URL, options?: WorkerOptions) {
    super(replacement ? URL.createObjectURL(new Blob([replacement])) : script, options);
    running.add(this);
  }
  override terminate(): void {
    super.terminate();
    running.delete(this);
  }
};

/** Has the page take WebAssembly with relaxed SIMD for invalid, as older browsers do. */
export function refuseRelaxed(): void {
  const { validate } = WebAssembly;
  let isFirst = true;
  WebAssembly.validate = (bytes) => {
    const isRelaxed = isFirst;
    isFirst = !isFirst;
    return !isRelaxed && validate(bytes);
  };
}

export function conform(options: WasmOptions, name: string): Promise<void> {
  return namedTests(() => wasm(options))(name);
}

export function golden(options: WasmOptions, fixtures: string, goldenCase: GoldenCase) {
  return goldenOutputs(wasm(options), fixtures, goldenCase);
}

export function hear(options: WasmOptions, directory: string) {
  return logitsOfBoth(wasm(options), `/@fs${directory}`);
}

/** What a model says it runs on. */
export async function deviceOf(options: WasmOptions): Promise<string> {
  const loaded = await example.loadExample(wasm(options));
  await loaded.dispose();
  return loaded.device;
}

/** Logits of clips by the int8 model that is made of a model directory. */
export async function hearQuantized(options: WasmOptions, directory: string, clips: readonly string[]) {
  const quantized = memoryDirectory();
  await quantizeModel(await openFiles(`/@fs${directory}`), {
    models: [ast],
    output: quantized,
    dtype: 'int8',
  });
  return hearClips(options, quantized, clips);
}

/** Logits of clips by a model directory as it is. */
export async function hearFloats(options: WasmOptions, directory: string, clips: readonly string[]) {
  return hearClips(options, await openFiles(`/@fs${directory}`), clips);
}

async function hearClips(options: WasmOptions, directory: FileStore, clips: readonly string[]) {
  const classifier = await loadClassifier(directory, { models: [ast], backend: wasm(options) });
  const sounds = await Promise.all(clips.map(async (clip) => (await fetch(`/@fs${clip}`)).blob()));
  const { data } = await classifier.logits(sounds).finally(() => classifier.dispose());
  return [...data];
}

/** How many workers run before a model is loaded, while it is there, and once it is disposed. */
export async function workersOfModel(options: WasmOptions): Promise<number[]> {
  const counts = [running.size];
  const loaded = await example.loadExample(wasm(options));
  counts.push(running.size);
  await loaded.dispose();
  return [...counts, running.size];
}

/** Workers left after a load whose weights cannot be read. */
export async function workersOfFailedLoad(options: WasmOptions) {
  const { model, weights } = example.transformer;
  const { tensors } = weightsInMemory(weights);
  const broken = new Map(
    [...tensors].map(([name, stored]) => {
      const read = () => Promise.reject(new Error('The disk is gone.'));
      return [name, { ...stored, source: { ...stored.source, read } }] as const;
    }),
  );
  const weightsGone = { tensors: broken, async close() {} };
  const error = await example.errorOf(() => wasm(options).load(model, weightsGone, { config: undefined }));
  return { error, left: running.size };
}

/** What a load says whose workers do something else, and how many are left. */
export async function loadOnWorkers(options: WasmOptions, script: string) {
  replacement = script;
  const error = await example.errorOf(() => example.loadExample(wasm(options)));
  replacement = undefined;
  return { error, left: running.size };
}

/** Lengths of outputs: of a run, of one that needs 5 GB, which fails, and of one after that. */
export async function runBeyondMemory(options: WasmOptions) {
  const [width, copies] = [1024, 4096];
  const loaded = await loadModel(options, width, (ops, x) => {
    const long = ops.concat(Array<typeof x>(copies).fill(x), 1);
    return ops.slice(ops.gelu(long), 1, 0, width);
  });
  const run = async (batch: number) => {
    const { y } = await loaded.run({ x: randomTensor([batch, width], 1) });
    return y!.data.length;
  };
  const before = await run(1);
  const error = await example.errorOf(() => run(300));
  const after = await run(1);
  await loaded.dispose();
  return { before, error, after };
}

/** Cases of the conformance suite where NaN or Infinity among inputs does not come out where it does on plain loops. */
export async function hiddenNumbers(options: WasmOptions): Promise<string[]> {
  const hidden: string[] = [];
  for (const { name, model, weights, inputs } of conformanceCases) {
    const [loaded, oracle] = await Promise.all(
      [wasm(options), referenceBackend()].map((backend) =>
        backend.load(model, weightsInMemory(weights), { config: undefined }),
      ),
    );
    for (const number of [Number.NaN, Infinity]) {
      const given = inputs(1);
      for (const [input, { dtype, data }] of Object.entries(given)) {
        if (dtype === 'float32' && input !== 'positions') data[0] = number; // no number is at place NaN
      }
      const got = await loaded!.run(given);
      for (const [output, { data }] of Object.entries(await oracle!.run(given))) {
        const own = got[output]!.data;
        const isAlike = data.every((value, index) => Number.isFinite(value) === Number.isFinite(own[index]));
        if (!isAlike) hidden.push(`${number} in ${name}`);
      }
    }
    await loaded!.dispose();
  }
  return hidden;
}

/** How many of hundreds of short runs, each another program where the one before lay, give wrong results. */
export async function wrongRuns(options: WasmOptions): Promise<number> {
  const width = 5;
  const loaded = await loadModel(options, width, (ops, x) => ops.add(x, x));
  let wrong = 0;
  for (let run = 0; run < 1000; run++) {
    const x = randomTensor([1 + (run % 3) ** 2, width], run);
    const { y } = await loaded.run({ x });
    if (!y!.data.every((value, index) => value === 2 * x.data[index]!)) wrong++;
  }
  await loaded.dispose();
  return wrong;
}

/** How often a timer fired during one run. */
export async function timersDuringRun(options: WasmOptions): Promise<number> {
  const loaded = await loadLong(options);
  let fired = 0;
  const timer = setInterval(() => fired++, 1);
  await loaded.run(longInput());
  clearInterval(timer);
  await loaded.dispose();
  return fired;
}

/** What an aborted run, one that waits behind it and one after them come to. */
export async function abortRun(options: WasmOptions) {
  const loaded = await loadLong(options);
  const expected = await loaded.run(longInput());
  const controller = new AbortController();
  const { signal } = controller;
  const outcomes = [loaded.run(longInput(), { signal }), loaded.run(longInput(), { signal })];
  const next = loaded.run(longInput());
  setTimeout(() => controller.abort('enough'), 5);
  const reasons = (await Promise.allSettled(outcomes)).map((each) =>
    each.status === 'rejected' ? each.reason : 'none',
  );
  const isRight = (await next).y!.data.every((value, index) => value === expected.y!.data[index]);
  await loaded.dispose();
  return { reasons, isRight };
}

const longWidth = 512;
const longInput = () => ({ x: randomTensor([1000, longWidth], 1) });

/** A model whose run takes a while: some GFLOP. */
function loadLong(options: WasmOptions): Promise<LoadedModel> {
  return loadModel(options, longWidth, (ops, x, weight) => {
    let y = x;
    for (let layer = 0; layer < 20; layer++) y = ops.linear(y, weight);
    return y;
  });
}

function loadModel(
  options: WasmOptions,
  width: number,
  build: <T>(ops: Ops<T>, x: T, weight: T) => T,
): Promise<LoadedModel> {
  const model: AnyModel = {
    ...conformanceCases[0]!.model,
    parameters: () => ({ weight: parameter('weight', [width, width]) }),
    inputs: () => ({ x: { shape: [width] } }),
    outputs: () => ({ y: { shape: [width] } }),
    build: (ops, { weight }, { x }) => ({ y: build(ops, x!, weight) }),
  };
  const weights = { weight: randomTensor([width, width], 2, width ** -0.5) };
  return wasm(options).load(model, weightsInMemory(weights), { config: undefined });
}
