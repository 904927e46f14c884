import { AudiozooError } from '@audiozoo/core';
import { checkOptions as checkNames, describeValue, type OptionKinds } from '@audiozoo/core/plugin';

const providers = ['cpu', 'cuda', 'webgpu'] as const;

/** What onnxruntime runs on, by its own names. */
export type Provider = (typeof providers)[number];

/** `cuda:1` is the second GPU, as in PyTorch; `cuda` is the first. */
export type Device = Provider | `cuda:${number}`;

export interface OnnxruntimeNodeOptions {
  /**
   * `auto` (default): CUDA where its libraries are installed and load, else the CPU. WebGPU is taken only
   * when asked for: it may well be a software driver, a thousand times slower than the CPU.
   */
  readonly device?: Device | 'auto' | undefined;
  /**
   * Threads with a session of the model each; 1 when absent. So many runs go on at a time, others wait their turn, and
   * the event loop stays free meanwhile. With 0 the model runs in the calling thread, whose event loop stands still
   * until a run is done.
   */
  readonly workers?: number | undefined;
  /** CPU threads for one run; one per core when absent, or with several workers each worker's share of the cores. */
  readonly threads?: number | undefined;
  /** What the model computes in; `float32` when absent. On CPUs float16 is slower. Inputs and outputs are float32. */
  readonly precision?: 'float32' | 'float16' | undefined;
  /**
   * Whether the CPU gets a second copy of the weights, in the order in which it multiplies fastest: a run is
   * some 4 to 12 % faster, by the processor, loading takes several times longer, and each session holds that copy for
   * itself, where it otherwise shares the pages of the weights' file. Small models gain more than large ones, and short clips
   * most where one program runs clips of every length: without the copy, products of a few rows put the weights in order at
   * each run. When absent, `true` for matrices of up to 64 MB in all, and for the frozen weights of a training.
   */
  readonly prepack?: boolean | undefined;
  /**
   * Whether the model keeps the weights' files as they are now, in a copy that nobody else can name. Without one it
   * shares the files' pages with whoever has them open: once a file is written to, runs reject with a `runtime` error,
   * and cutting one short during a run ends the process. When absent, files of up to 100 MB in all are copied, which
   * costs nothing measurable, and larger ones where the file system copies without copying (btrfs, XFS, APFS). The
   * copy lies in the system's folder for temporary files.
   */
  readonly copyWeights?: boolean | undefined;
}

export const onnxruntimeNodeOptionKinds = {
  device: 'string',
  workers: 'any', // told apart below
  threads: 'any',
  precision: 'string',
  prepack: 'boolean',
  copyWeights: 'boolean',
} as const satisfies OptionKinds<OnnxruntimeNodeOptions>;

/** No machine gains from more. Of a slip of many zeros, all would be started. */
const mostThreads = 1024;

/** Throws an `argument` error on options that make no sense. */
export function checkOptions(options: OnnxruntimeNodeOptions): void {
  checkNames('onnxruntimeNode', options, onnxruntimeNodeOptionKinds);
  const { device = 'auto', workers = 1, threads, precision = 'float32' } = options;
  const refuse = (what: string, expected: string, got: unknown) =>
    new AudiozooError({ code: 'argument', what, expected, got: describeValue(got) });
  const known: readonly string[] = ['auto', ...providers];
  if (!known.includes(device) && !/^cuda:\d{1,3}$/.test(device)) {
    throw refuse('onnxruntime-node has no such device', `${known.join(', ')} or cuda:NUMBER`, device);
  }
  const isCount = (value: number) => Number.isInteger(value) && value >= 0 && value <= mostThreads;
  if (!isCount(workers)) {
    const expected = `a whole number to ${mostThreads}, 0 for none`;
    throw refuse('workers is not a number of threads', expected, workers);
  }
  if (threads !== undefined && !(isCount(threads) && threads > 0)) {
    throw refuse('threads is not a number of threads', `a whole number from 1 to ${mostThreads}`, threads);
  }
  if (precision !== 'float32' && precision !== 'float16') {
    throw refuse('onnxruntime-node has no such precision', 'float32 or float16', precision);
  }
}

/** Throws an `argument` error on options that models run with, but do not train. */
export function checkTrains({ precision = 'float32' }: OnnxruntimeNodeOptions): void {
  if (precision === 'float32') return;
  throw new AudiozooError({
    code: 'argument',
    what: 'onnxruntime-node trains in float32 alone',
    expected: 'precision float32',
    got: precision,
    hint: 'Leave precision out.',
    option: 'precision',
  });
}

/** onnxruntime's provider for a device that is known to be one, and which GPU it is to use. */
export function providerOf(device: Device): { readonly name: Provider; readonly deviceId?: number } {
  const [name, number] = device.split(':') as [Provider, string?];
  return { name, ...(number !== undefined && { deviceId: Number(number) }) };
}
