// One way to look at tensors in a file, whoever wrote it.

import type { Progress, Shape, Tensor, TensorInfo } from '@audiozoo/core';

export type CheckpointFormat = 'pytorch-zip' | 'pytorch-legacy' | 'safetensors';

export interface Rows {
  /** First row, and one beyond the last. */
  readonly start: number;
  readonly end: number;
}

export interface ReadOptions {
  /** A part of the first axis; everything when absent. */
  readonly rows?: Rows | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A tensor in a checkpoint. It may be a view: transposed, repeated, a part of a storage that others share. */
export interface CheckpointTensor extends TensorInfo {
  /** Steps of each axis through the storage, in elements. */
  readonly strides: Shape;
  /** Elements of the storage before the first. */
  readonly storageOffset: number;
  /** About where in the file it begins: reading tensors in this order goes through the file once. */
  readonly position: number;
  /**
   * The elements in row-major order, little-endian, a few MB of whole elements at a time. A storage's
   * checksum is known only at its end: `verify` before trusting them.
   */
  chunks(options?: ReadOptions): AsyncIterable<Uint8Array>;
  /** The tensor, or rows of it, in memory and verified. */
  read(options?: ReadOptions): Promise<Tensor>;
  /** Reads what was not read yet of the storage it lies in; throws when its checksum does not fit. */
  verify(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}

export interface Checkpoint {
  readonly format: CheckpointFormat;
  /** By dotted name: `model.0.weight`. List indices are numbers. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** Reads every byte and compares every checksum there is. */
  verify(options?: VerifyOptions): Promise<void>;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called as work goes on, with bytes. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
