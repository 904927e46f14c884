// The kernels of this package, made for such models: WebAssembly with threads and, where the browser has it, relaxed
// SIMD, which multiplies and adds in one step. Nothing but some kB of them is fetched.

import {
  type AnyModel,
  AudiozooError,
  type Backend,
  type Inputs,
  type LoadOptions,
  type Parameter,
  type Shape,
  tensor,
  type Weights,
} from '@audiozoo/core';
import {
  type ChosenOutputs,
  checkOptions,
  describeValue,
  listParameters,
  loadedModel,
  modelTensors,
  type OptionKinds,
  type Runner,
  storedScale,
} from '@audiozoo/core/plugin';
import { formatThreads, settleThreads, type ThreadCount } from '../thread-count.js';
import { createTurns } from '../turns.js';
import { placeConstants, writeConstants } from './constants.js';
import { type KernelThreads, startKernelsHere, startKernelThreads } from './kernel-threads.js';
import { whyOneWorker } from './kernel-worker.js';
import { prepareRun } from './prepared-run.js';
import { record } from './recording.js';

export interface WasmOptions {
  /**
   * Workers that compute. When absent, half of the logical cores, from 2 to 8. A page that is not cross-origin
   * isolated gets one, and so do Deno and Node older than 22; `LoadedModel.device` says so.
   */
  readonly threads?: number | undefined;
  /**
   * The kernels as a compiled module, imported from `@audiozoo/backend-web/kernels.wasm`, for places that compile no
   * WebAssembly and have no workers, as workerd: they compute in the thread of the caller, which waits.
   */
  readonly kernels?: WebAssembly.Module | undefined;
}

const optionKinds = { threads: 'count', kernels: 'record' } as const satisfies OptionKinds<WasmOptions>;

/**
 * Runs models on WebAssembly kernels of its own, in workers: the page, or the process, stays alive while they compute. Throws an
 * `argument` error on options that make no sense; `load` throws a `device` error that says what to do where the
 * kernels cannot run.
 */
export function wasm(options: WasmOptions = {}): Backend {
  checkOptions('wasm', options, optionKinds);
  const { threads, kernels } = options;
  if (kernels) checkModule(kernels);
  return {
    name: 'wasm',
    anyLength: true,
    load: (model, weights, options) =>
      loadedModel(
        model,
        options,
        async (outputs) => {
          const chosen = kernels ? kernelsHere(kernels) : await kernelsInWorkers(threads);
          return createRunner(model, weights, options, outputs, chosen);
        },
        { anyLength: true },
      ),
  };
}

async function createRunner(
  model: AnyModel,
  stored: Weights,
  { config, signal }: LoadOptions,
  outputs: ChosenOutputs,
  { name, integers, threadCount, start }: Kernels,
): Promise<Runner> {
  const tree = model.parameters(config);
  const weights = { tensors: modelTensors(model, config, stored) };
  const isQuantized = (each: Parameter) => storedScale(each, weights.tensors) !== undefined;
  const quantized = new Set(integers ? listParameters(tree).filter(isQuantized).map(nameOf) : []);
  const recordFor = (shapes: Shapes) => record(model, { config, shapes, quantized, outputs });

  const specifications = Object.entries(model.inputs(config));
  const longest = specifications.map(([name, { shape }]) => [name, [1, ...shape]] as const);
  const constants = placeConstants(recordFor(Object.fromEntries(longest)));
  const threads = await start();
  try {
    await writeConstants(constants, tree, weights, threads, signal);
  } catch (error) {
    threads.close();
    throw error;
  }

  const inTurn = createTurns();
  const prepare = rememberLatest((shapes) => prepareRun(recordFor(shapes), constants, threadCount.count));
  return {
    device: `wasm (audiozoo's kernels, ${name}, ${formatThreads(threadCount)})`,
    run: (inputs, names, runSignal) =>
      inTurn(async () => {
        runSignal?.throwIfAborted();
        const { task, shapeOf } = prepare(shapesOf(inputs));
        const results = await threads.perform(task(inputs, names));
        const tensors = names.map(
          (name, index) => [name, tensor('float32', shapeOf(name), results[index]!)] as const,
        );
        return Object.fromEntries(tensors);
      }),
    dispose: () => threads.close(),
  };
}

/** Throws an `argument` error for what is not the module that comes along. */
function checkModule(kernels: WebAssembly.Module): void {
  const isModule = kernels instanceof WebAssembly.Module;
  const names = isModule ? WebAssembly.Module.exports(kernels).map(({ name }) => name) : [];
  if (['start', 'packFloatWeight', 'packIntegerWeight'].every((name) => names.includes(name))) return;
  throw new AudiozooError({
    code: 'argument',
    option: 'kernels',
    what: 'these are no kernels',
    expected: 'the WebAssembly.Module of @audiozoo/backend-web/kernels.wasm',
    got: isModule ? `a module that exports ${names.join(', ') || 'nothing'}` : describeValue(kernels),
  });
}

const nameOf = ({ name }: Parameter) => name;

type Shapes = Readonly<Record<string, Shape>>;

/** By name, in the order of their names. */
function shapesOf(inputs: Inputs): Shapes {
  const names = Object.keys(inputs).sort();
  return Object.fromEntries(names.map((name) => [name, inputs[name]!.shape]));
}

/** Batches and lengths whose programs are kept. */
const mostKept = 16;

/** The same results, the latest few of which are made once. */
function rememberLatest<Result>(make: (shapes: Shapes) => Result): (shapes: Shapes) => Result {
  const known = new Map<string, Result>(); // the latest last
  return (shapes) => {
    const key = JSON.stringify(shapes);
    const result = known.get(key) ?? make(shapes);
    known.delete(key);
    known.set(key, result);
    if (known.size > mostKept) known.delete(known.keys().next().value!);
    return result;
  };
}

interface Kernels {
  readonly name: string;
  /** Whether they multiply int8: only relaxed SIMD is faster at that than at floats. */
  readonly integers: boolean;
  readonly threadCount: ThreadCount;
  start(): Promise<KernelThreads>;
}

/** The module that comes along, in the thread of the caller. */
function kernelsHere(module: WebAssembly.Module): Kernels {
  return {
    name: 'relaxed SIMD',
    integers: true,
    threadCount: { count: 1, why: 'that of the caller' },
    start: () => startKernelsHere(module),
  };
}

/** The fastest kernels that the browser takes. Throws a `device` error where it takes none. */
async function kernelsInWorkers(threads: number | undefined): Promise<Kernels> {
  const { relaxedBinary, plainBinary } = await import('./kernel-binary.js'); // pages that load no model need none
  const kernels = [
    { name: 'relaxed SIMD', base64: relaxedBinary, integers: true },
    { name: 'SIMD', base64: plainBinary, integers: false },
  ];
  if (typeof WebAssembly === 'object') {
    for (const { base64, ...rest } of kernels) {
      const binary = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      if (!WebAssembly.validate(binary)) continue;
      const threadCount = settleThreads(threads, whyOneWorker());
      return { ...rest, threadCount, start: () => startKernelThreads(binary, threadCount.count) };
    }
  }
  throw new AudiozooError({
    code: 'device',
    what: 'the kernels cannot run here',
    expected: 'WebAssembly with SIMD and threads: a browser from 2023 or newer, Node, Deno or Bun',
    hint: 'Update the browser, or the runtime.',
  });
}
