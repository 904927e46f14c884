// onnxruntime on this machine. The model is traced to an ONNX graph, whose weights onnxruntime reads from
// the safetensors file. onnxruntime-node is loaded with the first model, not with this module: whoever
// only imports the backend does not pay for it.

import {
  type AnyModel,
  AudiozooError,
  type Backend,
  checkInputs,
  checkOutputs,
  chooseOutputs,
  type LoadedModel,
  type LoadOptions,
  tensor,
  type Weights,
} from '@audiozoo/core';
import { encodeGraphToBytes, type Operators, traceModel, wideLinearWeights } from '@audiozoo/onnx';
import type * as Onnxruntime from 'onnxruntime-common';
import type { InferenceSession } from 'onnxruntime-common';
import { type MissingLibraries, missingCudaLibrary, missingProvider } from './cuda.js';
import { externalWeights } from './external-weights.js';
import { integersOverflow } from './integer-overflow.js';

export type Device = 'cpu' | 'cuda' | 'webgpu';

export interface OnnxruntimeNodeOptions {
  /**
   * `auto` (default): CUDA where its libraries are installed and load, else the CPU. WebGPU is taken only
   * when asked for: it may well be a software driver, a thousand times slower than the CPU.
   */
  readonly device?: Device | 'auto' | undefined;
  /** CPU threads for one run; one per core when absent. */
  readonly threads?: number | undefined;
  /** What the model computes in; `float32` when absent. On CPUs float16 is slower. Inputs and outputs are float32. */
  readonly precision?: 'float32' | 'float16' | undefined;
  /**
   * Whether the CPU gets a second copy of the weights, in the order in which it multiplies fastest: a run is
   * some 4 % faster, loading takes several times longer, and each loaded model holds that copy for itself,
   * where it otherwise shares the pages of the weights' file. `false` when absent.
   */
  readonly prepack?: boolean | undefined;
}

/** com.microsoft's MultiHeadAttention is wrong on WebGPU for 32 tokens and more (SwiftShader). */
const operatorsOf: Readonly<Record<Device, Operators>> = { cpu: 'fused', cuda: 'fused', webgpu: 'stock' };

/**
 * Runs models with onnxruntime-node. Throws an `argument` error on options that make no sense; `load`
 * throws a `device` error that names what is missing when the device is not there.
 *
 * A run keeps Node's event loop busy until it is done: servers load models in worker threads.
 */
export function onnxruntimeNode(options: OnnxruntimeNodeOptions = {}): Backend {
  checkOptions(options);
  return {
    name: 'onnxruntime-node',
    async load(model, weights, loadOptions) {
      loadOptions.signal?.throwIfAborted();
      const runtime = await importRuntime();
      const { session, device } = await createSession(runtime, options, model, weights, loadOptions);
      try {
        loadOptions.signal?.throwIfAborted();
      } catch (reason) {
        await session.release();
        throw reason;
      }
      return loadedModel(runtime, session, device, model, loadOptions);
    },
  };
}

interface OpenSession {
  readonly session: InferenceSession;
  /** For people: what it runs on, and why. */
  readonly device: string;
}

async function createSession(
  runtime: typeof Onnxruntime,
  { device = 'auto', threads, precision = 'float32', prepack = false }: OnnxruntimeNodeOptions,
  model: AnyModel,
  weights: Weights,
  { config, outputs, signal }: LoadOptions,
): Promise<OpenSession> {
  const version = runtime.env.versions.common;
  const { folder, locate } = externalWeights(weights);
  const hasIntegers = Array.from(weights.tensors.values()).some(({ dtype }) => dtype === 'int8');

  const open = async (device: Device): Promise<InferenceSession> => {
    const missing = device === 'cuda' ? missingProvider(version) : undefined;
    if (missing) throw deviceError(device, missing);
    const integers = device === 'cpu' && hasIntegers;
    const graph = traceModel(model, weights, {
      config,
      outputs,
      operators: operatorsOf[device],
      precision,
      // onnxruntime casts these while it loads, from the file: no slower afterwards.
      storedDTypes: ['float32', 'float16', 'bfloat16'],
      integers,
    });
    const bytes = await encodeGraphToBytes(graph, {
      locate,
      ...(device === 'cpu' && !prepack && { replaceable: wideLinearWeights(graph) }),
    });
    signal?.throwIfAborted();
    try {
      return await runtime.InferenceSession.create(bytes, {
        executionProviders: [device],
        graphOptimizationLevel: 'all',
        logSeverityLevel: 4, // errors are thrown: no need to print them on stderr too
        enableMemPattern: false, // as fast, with less memory at its peak
        ...(threads !== undefined && { intraOpNumThreads: threads }),
        extra: {
          session: {
            ...(integers && (await integersOverflow(runtime)) && { x64quantprecision: '1' }),
            intra_op: { allow_spinning: '0' }, // idle threads sleep: as fast, and the cores are free
            ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
          },
        },
      });
    } catch (cause) {
      throw device === 'cpu' ? runtimeError('load', cause) : deviceError(device, undefined, cause);
    }
  };

  const describe = (device: Device, why = '') => {
    const cores =
      threads === undefined ? 'one thread per core' : `${threads} thread${threads === 1 ? '' : 's'}`;
    return `${device} (onnxruntime ${version}${device === 'cpu' ? `, ${cores}` : ''}${why})`;
  };

  if (device !== 'auto') return { session: await open(device), device: describe(device) };
  try {
    return { session: await open('cuda'), device: describe('cuda', '; chosen by auto: its libraries load') };
  } catch (error) {
    if (!AudiozooError.isInstance(error, 'device')) throw error;
    const why = `; chosen by auto: ${error.message.split('. ')[0]}`;
    return { session: await open('cpu'), device: describe('cpu', why) };
  }
}

function loadedModel(
  { Tensor }: typeof Onnxruntime,
  session: InferenceSession,
  device: string,
  model: AnyModel,
  { config, outputs: loaded }: LoadOptions,
): LoadedModel {
  const specifications = chooseOutputs(model.outputs(config), loaded);
  const underWay = new Set<Promise<unknown>>();
  let released: Promise<void> | undefined;

  return {
    device,
    async run(inputs, { outputs, signal } = {}) {
      if (released) {
        throw new AudiozooError({
          code: 'disposed',
          what: 'the model is disposed',
          mend: 'Load it again, or dispose it after the last run.',
        });
      }
      signal?.throwIfAborted();
      checkInputs(model.inputs(config), inputs);
      const fetches = checkOutputs(specifications, outputs);
      if (fetches.length === 0) return {};
      const feeds = Object.entries(inputs).map(([name, { data, shape }]): [string, Onnxruntime.Tensor] => [
        name,
        new Tensor('float32', data, shape),
      ]);
      const running = session.run(Object.fromEntries(feeds), fetches);
      underWay.add(running);
      try {
        const results = await running;
        return Object.fromEntries(
          fetches.map((name) => {
            const { data, dims } = results[name]!;
            return [name, tensor('float32', dims, data as Float32Array)];
          }),
        );
      } catch (cause) {
        throw runtimeError('run', cause);
      } finally {
        underWay.delete(running);
      }
    },
    dispose() {
      released ??= Promise.allSettled(underWay).then(() => session.release());
      return released;
    },
  };
}

async function importRuntime(): Promise<typeof Onnxruntime> {
  // onnxruntime from 1.30 on reports its use over the network, and crashes on command lines beyond 32 kB
  // while it describes the process for that. Whoever wants it sets the variable to 0.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new AudiozooError({
      code: 'device',
      what: `onnxruntime-node does not load on ${process.platform} ${process.arch}`,
      expected: 'its native library, for Linux, macOS or Windows on x64 or arm64',
      got: runtimeMessage(cause),
      mend: 'Install onnxruntime-node again, on the machine that runs it. On Linux it needs glibc, not musl.',
      cause,
    });
  }
}

function checkOptions({ device = 'auto', threads, precision = 'float32' }: OnnxruntimeNodeOptions): void {
  const refuse = (what: string, expected: string, got: unknown) =>
    new AudiozooError({ code: 'argument', what, expected, got: JSON.stringify(got) ?? String(got) });
  const devices = ['auto', ...Object.keys(operatorsOf)];
  if (!devices.includes(device))
    throw refuse('onnxruntime-node has no such device', devices.join(', '), device);
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw refuse('threads is not a number of threads', 'a whole number from 1', threads);
  }
  if (precision !== 'float32' && precision !== 'float16') {
    throw refuse('onnxruntime-node has no such precision', 'float32 or float16', precision);
  }
}

function deviceError(device: Device, provider: MissingLibraries | undefined, cause?: unknown) {
  const missing = provider ?? (device === 'cuda' ? missingCudaLibrary() : undefined);
  if (missing) return new AudiozooError({ code: 'device', ...missing, cause });
  return new AudiozooError({
    code: 'device',
    what: `onnxruntime cannot use ${device}`,
    got: runtimeMessage(cause),
    mend:
      device === 'cuda'
        ? 'Check with `nvidia-smi` that the driver sees a GPU with memory to spare, or use the device "cpu".'
        : 'WebGPU needs a Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows) driver; or use the device "cpu".',
    cause,
  });
}

function runtimeError(doing: 'load' | 'run', cause: unknown): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: `onnxruntime could not ${doing} the model`,
    got: runtimeMessage(cause),
    cause,
  });
}

function runtimeMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // onnxruntime's messages open with the C++ file, function and condition that failed.
  return message
    .split('\n')[0]!
    .replace(/^\/\S+:\d+ .* was false\. /, '')
    .replace(/\.$/, '');
}
