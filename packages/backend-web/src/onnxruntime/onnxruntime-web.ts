// onnxruntime in a browser: the same graph as in Node, on WebGPU or WebAssembly.

import { AudiozooError, type Backend, tensor } from '@audiozoo/core';
import { checkMethod, checkOptions, loadedModel, loadedStep, type OptionKinds } from '@audiozoo/core/plugin';
import { type Operators, traceModel } from '@audiozoo/onnx';
import type { InferenceSession } from 'onnxruntime-common';
import { findGpu, type Gpu, type WebDevice } from '../gpu.js';
import { type Loss, lostError, noLoss } from '../lost-device.js';
import { noGpuError } from '../no-gpu-error.js';
import { formatThreads } from '../thread-count.js';
import { encodeWithWeights, type GraphWithWeights } from './external-weights.js';
import { type Onnxruntime, type Runtime, runtimeOf } from './runtime.js';
import type { SessionRunner, Trace } from './session-runner.js';

export interface OnnxruntimeWebOptions {
  /** The namespace of `onnxruntime-web`, or of one of its builds (`onnxruntime-web/webgpu`, `/wasm`). */
  readonly ort: Onnxruntime;
  /**
   * `auto` (default): WebGPU where there is a GPU, else WebAssembly. `LoadedModel.device` says which, and why.
   */
  readonly device?: WebDevice | 'auto' | undefined;
  /**
   * Threads of WebAssembly, the same for all models of a page. When absent, half of the logical cores, from 2
   * to 8. A page that is not cross-origin isolated gets one, and `LoadedModel.device` says so.
   */
  readonly threads?: number | undefined;
  /** What the model computes in; `float32` when absent. On CPUs float16 is slower. Inputs and outputs are float32. */
  readonly precision?: 'float32' | 'float16' | undefined;
  /**
   * Whether WebAssembly gets float32 weights in the order in which it multiplies fastest. `false` saves half the
   * time to load and a fifth of the memory, and makes a run up to 6 % slower. `true` when absent.
   */
  readonly prepack?: boolean | undefined;
}

const optionKinds = {
  ort: 'any',
  device: { choices: ['auto', 'webgpu', 'wasm'] },
  threads: 'count',
  precision: { choices: ['float32', 'float16'] },
  prepack: 'boolean',
} as const satisfies OptionKinds<OnnxruntimeWebOptions>;

/**
 * Runs models with onnxruntime-web, and trains them. Throws an `argument` error on options that make no sense; `load` throws a
 * `device` error that says what to do when the device is not there.
 *
 * On WebAssembly a run keeps its thread busy until it is done: load models in a worker to keep a page alive.
 */
export function onnxruntimeWeb(options: OnnxruntimeWebOptions): Backend {
  checkOptions('onnxruntimeWeb', options, optionKinds);
  checkMethod('ort', options.ort?.InferenceSession, 'create', 'the namespace of onnxruntime-web');
  return {
    name: 'onnxruntime-web',
    anyLength: true,
    load(model, weights, loadOptions) {
      const { config, outputs, anyLength, signal } = loadOptions;
      const { precision } = options;
      const trace: Trace = (traced) =>
        traceModel(model, weights, { config, outputs, anyLength, precision, ...traced });
      const open = () => openRunner(options, trace, signal);
      return loadedModel(model, loadOptions, open, { anyLength: true });
    },
    train: (step, weights, { signal } = {}) =>
      loadedStep(step, weights, { signal }, async () => {
        const { stepRunner, traceStep } = await import('./training.js');
        return stepRunner(
          step,
          await openRunner(options, traceStep(step, weights, options.precision), signal),
        );
      }),
  };
}

async function openRunner(
  options: OnnxruntimeWebOptions,
  trace: Trace,
  signal: AbortSignal | undefined,
): Promise<SessionRunner> {
  const runtime = runtimeOf(options.ort, options.threads);
  const open = (device: WebDevice, gpu?: Gpu) => openSession(options, runtime, device, gpu, trace, signal);
  return sessionRunner(options.ort, runtime, await openOnDevice(options, runtime, open));
}

interface OpenSession {
  readonly session: InferenceSession;
  readonly loss: Loss;
  readonly operators: Operators;
}

interface SessionOnDevice extends OpenSession {
  readonly device: string;
}

/** Opens a session on the device asked for, or on the best there is, and says which and why. */
async function openOnDevice(
  { ort, device = 'auto', precision }: OnnxruntimeWebOptions,
  { threads }: Runtime,
  open: (device: WebDevice, gpu?: Gpu) => Promise<OpenSession>,
): Promise<SessionOnDevice> {
  const version = ort.env.versions.web ?? ort.env.versions.common;
  const count = formatThreads(threads);
  const onWasm = async (why = '') => ({
    ...(await open('wasm')),
    device: `wasm (onnxruntime ${version}, ${count}${why})`,
  });
  const onGpu = async (gpu: Gpu, why = '') => {
    if (precision === 'float16' && !gpu.adapter.features.has('shader-f16')) throw noHalfError(gpu);
    const opened = await open('webgpu', gpu);
    const attention = opened.operators === 'fused' ? 'fused attention' : 'attention in steps';
    return { ...opened, device: `webgpu (onnxruntime ${version}; ${gpu.name}, ${attention}${why})` };
  };

  if (device === 'wasm') return onWasm();
  const gpu = await findGpu();
  if (device === 'webgpu') {
    if (!gpu) throw noGpuError();
    return onGpu(gpu);
  }
  if (!gpu) return onWasm('; chosen by auto: there is no WebGPU');
  if (gpu.isSoftware) return onWasm(`; chosen by auto: WebGPU is software, ${gpu.name}`);
  try {
    return await onGpu(gpu, '; chosen by auto: a GPU');
  } catch (error) {
    if (!AudiozooError.isInstance(error, 'device')) throw error;
    return onWasm(`; chosen by auto: ${[error.what, error.got].filter(Boolean).join(': ')}`);
  }
}

async function openSession(
  { ort, precision = 'float32', prepack = true }: OnnxruntimeWebOptions,
  runtime: Runtime,
  device: WebDevice,
  gpu: Gpu | undefined,
  trace: Trace,
  signal: AbortSignal | undefined,
): Promise<OpenSession> {
  const webgpu = gpu && (await import('./webgpu.js'));
  const create = async (graph: Uint8Array, externalData: GraphWithWeights['externalData'] = []) => {
    const createOn = async (provider: InferenceSession.ExecutionProviderConfig) => {
      signal?.throwIfAborted();
      return ort.InferenceSession.create(graph, {
        executionProviders: [provider],
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3, // errors; onnxruntime's warnings are for its makers
        externalData,
      });
    };
    if (webgpu) return webgpu.createGpuSession(ort, gpu, createOn);
    return { session: await createOn(device), loss: noLoss };
  };
  const inTurn = <Result>(task: () => Promise<Result>) =>
    runtime.inTurn(async () => {
      try {
        return await task();
      } catch (cause) {
        signal?.throwIfAborted();
        if (AudiozooError.isInstance(cause)) throw cause;
        throw loadError(device, cause);
      }
    });

  let operators: Operators = 'fused';
  if (webgpu) {
    const createAlone = async (graph: Uint8Array) => (await create(graph)).session;
    operators = await inTurn(() => webgpu.gpuOperators(ort, gpu, precision, createAlone));
  }
  const traced = trace({ operators, integers: device === 'wasm' });
  const { graph, externalData } = await encodeWithWeights(traced, {
    prepack: prepack || device !== 'wasm',
    signal,
  });
  return { ...(await inTurn(() => create(graph, externalData))), operators };
}

function sessionRunner(
  { Tensor }: Onnxruntime,
  runtime: Runtime,
  { session, loss, device }: SessionOnDevice,
): SessionRunner {
  return {
    device,
    run(inputs, names, signal) {
      const feeds = Object.entries(inputs).map(
        ([name, { dtype, data, shape }]) => [name, new Tensor(dtype, data, shape)] as const,
      );
      return runtime.inTurn(async () => {
        signal?.throwIfAborted();
        if (loss.lost) throw lostError(loss.lost);
        try {
          const results = await session.run(Object.fromEntries(feeds), names);
          return Object.fromEntries(
            names.map((name) => {
              const { data, dims } = results[name]!;
              return [name, tensor('float32', dims, data as Float32Array)];
            }),
          );
        } catch (cause) {
          await loss.settle();
          if (loss.lost) throw lostError(loss.lost, cause);
          throw runtimeError('run', cause);
        }
      });
    },
    dispose: () =>
      runtime.inTurn(async () => {
        try {
          await session.release();
        } catch (cause) {
          // With the device, all that it held is gone.
          if (!loss.lost) throw runtimeError('free', cause);
        }
      }),
  };
}

function noHalfError(gpu: Gpu): AudiozooError {
  return new AudiozooError({
    code: 'device',
    what: `the GPU (${gpu.name}) has no float16 arithmetic in WebGPU`,
    hint: 'Leave precision at float32; weights stored as float16 run in it as well.',
  });
}

function loadError(device: WebDevice, cause: unknown): AudiozooError {
  const isMissing = /no available backend|backend not found/.test(String(cause));
  if (!isMissing) return runtimeError('load', cause);
  return new AudiozooError({
    code: 'device',
    what: `onnxruntime-web could not start ${device}`,
    got: firstLine(cause),
    hint:
      device === 'webgpu'
        ? 'Import onnxruntime-web or onnxruntime-web/webgpu, builds with WebGPU, or use the device "wasm".'
        : 'Serve its .wasm and .mjs files, and say where they are with `ort.env.wasm.wasmPaths`.',
    cause,
  });
}

function runtimeError(doing: 'load' | 'run' | 'free', cause: unknown): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: `onnxruntime could not ${doing} the model`,
    got: firstLine(cause),
    cause,
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/\.$/, '');
}
