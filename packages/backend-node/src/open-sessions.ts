// From a model or a training step to sessions that run it. It is traced to an ONNX graph, whose weights onnxruntime reads
// from the safetensors file.

import { availableParallelism } from 'node:os';
import { AudiozooError, type Weights } from '@audiozoo/core';
import { fetchWeights } from '@audiozoo/core/plugin';
import { encodeGraphToBytes, type Graph, type Operators } from '@audiozoo/onnx';
import type { InferenceSession } from 'onnxruntime-common';
import { missingForCuda } from './cuda.js';
import { gpuOperators } from './gpu-operators.js';
import { integersOverflow } from './integer-overflow.js';
import { localSession } from './local-session.js';
import { type Device, type OnnxruntimeNodeOptions, providerOf } from './options.js';
import { deviceError, missingRuntimeError, runtimeError } from './runtime-error.js';
import type { SessionHost } from './session-host.js';
import { sessionThread } from './session-thread.js';
import { unpackedWeights } from './unpacked-weights.js';
import { type WeightsFiles, weightsFiles } from './weights-files.js';

/** What sessions are opened of. */
export interface Program {
  readonly weights: Weights;
  /** Throws as `checkWeights` does, before weights are fetched. */
  check(): void;
  /** `integers`: as `TraceOptions` has it. */
  trace(options: { readonly operators: Operators; readonly integers: boolean }): Graph;
}

export interface OpenedSessions {
  readonly hosts: Hosts;
  /** What they read, to be closed with them. */
  readonly files: WeightsFiles;
  /** As `LoadedModel.device`. */
  readonly device: string;
}

/** Opens a session in each worker, on the device asked for or the best there is. */
export async function openSessions(
  options: OnnxruntimeNodeOptions,
  program: Program,
  signal: AbortSignal | undefined,
): Promise<OpenedSessions> {
  await fetchFitting(program);
  const files = weightsFiles(program.weights, options.copyWeights);
  let hosts: readonly SessionHost[] = [];
  try {
    const started = await startHosts(options.workers ?? 1);
    hosts = started;
    const device = await openOnDevice(started, options, program, files, signal);
    return { hosts: started, files, device };
  } catch (error) {
    await closeAll(hosts);
    await files.close();
    throw error;
  }
}

export type Hosts = readonly [SessionHost, ...SessionHost[]];

async function startHosts(workers: number): Promise<Hosts> {
  // onnxruntime from 1.30 on reports its use over the network, and crashes on command lines beyond 32 kB
  // while it describes the process for that. Whoever wants it sets the variable to 0.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const starting = workers === 0 ? [localSession()] : Array.from({ length: workers }, sessionThread);
  try {
    return (await Promise.all(starting)) as unknown as Hosts;
  } catch (cause) {
    const started = await Promise.allSettled(starting);
    await closeAll(started.flatMap((start) => (start.status === 'fulfilled' ? start.value : [])));
    throw missingRuntimeError(cause);
  }
}

/** What made them close is the error to tell of. */
async function closeAll(hosts: readonly SessionHost[]): Promise<void> {
  await Promise.allSettled(hosts.map((host) => host.close()));
}

/** Opens the program in all hosts. Returns what to tell people of the device. */
async function openOnDevice(
  hosts: Hosts,
  { device = 'auto', workers = 1, threads, precision = 'float32', prepack }: OnnxruntimeNodeOptions,
  program: Program,
  files: WeightsFiles,
  signal: AbortSignal | undefined,
): Promise<string> {
  const [first, ...others] = hosts;
  const { version } = first;
  const hasIntegers = Array.from(program.weights.tensors.values()).some(({ dtype }) => dtype === 'int8');
  // For one session onnxruntime chooses, one thread per core; several together would take each core several times.
  const share = workers > 1 ? Math.max(1, Math.floor(availableParallelism() / workers)) : undefined;
  const threadsPerRun = threads ?? share;

  const open = async (device: Device): Promise<Operators> => {
    const provider = providerOf(device);
    const trouble = provider.name === 'cuda' ? missingForCuda(version) : undefined;
    if (trouble) throw new AudiozooError({ code: 'device', ...trouble });
    const integers = device === 'cpu' && hasIntegers;
    const operators =
      provider.name === 'webgpu' ? await inRuntime(device, () => gpuOperators(first, precision)) : 'fused';
    const graph = program.trace({ operators, integers });
    const bytes = await encodeGraphToBytes(graph, {
      locate: files.locate,
      ...(device === 'cpu' && { replaceable: unpackedWeights(graph, prepack) }),
    });
    const folder = await files.folder;
    signal?.throwIfAborted();
    await inRuntime(device, async () => {
      const sessionOptions: InferenceSession.SessionOptions = {
        executionProviders: [provider],
        graphOptimizationLevel: 'all',
        logSeverityLevel: 4, // errors are thrown: no need to print them on stderr too
        enableMemPattern: false, // as fast, with less memory at its peak
        ...(threadsPerRun !== undefined && { intraOpNumThreads: threadsPerRun }),
        extra: {
          session: {
            ...(integers && (await integersOverflow(first)) && { x64quantprecision: '1' }),
            // Threads wait awake for the next of a run's operations, which is 2 to 3 % faster than waking them for
            // each; but for 0.2 ms only, so that the cores are free between runs.
            intra_op: { allow_spinning: '1', spin_duration_us: '200' },
            ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
          },
        },
      };
      const copies = others.map(() => bytes.slice());
      await first.open(bytes, sessionOptions);
      await Promise.all(others.map((host, index) => host.open(copies[index]!, sessionOptions)));
    });
    await files.opened(device === 'cpu'); // GPUs have memory of their own
    return operators;
  };

  const describe = (device: Device, operators: Operators, why = '') => {
    const each = threadsPerRun === undefined ? 'one thread per core' : count(threadsPerRun, 'thread');
    const cores = workers > 1 ? `${workers} workers of ${each}` : each;
    const attention = operators === 'fused' ? 'fused attention' : 'attention in steps';
    return `${device} (onnxruntime ${version}, ${device === 'cpu' ? cores : attention}${why})`;
  };

  if (device !== 'auto') {
    return describe(device, await open(device));
  }
  try {
    return describe('cuda', await open('cuda'), '; chosen by auto: its libraries load');
  } catch (error) {
    if (!AudiozooError.isInstance(error, 'device')) throw error;
    return describe(
      'cpu',
      await open('cpu'),
      `; chosen by auto: ${[error.what, error.got].filter(Boolean).join(': ')}`,
    );
  }
}

/** Does what onnxruntime may refuse, and says what that means for the device. */
async function inRuntime<Result>(device: Device, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (cause) {
    throw device === 'cpu' ? runtimeError('load', cause) : deviceError(device, cause);
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Brings weights that are still on a server to this machine's disk; not such as do not fit. */
async function fetchFitting({ weights, check }: Program): Promise<void> {
  if (!Array.from(weights.tensors.values()).some(({ source }) => source.fetchAll)) return;
  check();
  await fetchWeights(weights);
}
