import type { Tensor } from '../tensors/tensor.js';

/** Tensors by a model's names for them, all with the same batch in front. */
export type Inputs = Readonly<Record<string, Tensor<'float32' | 'int64'>>>;
export type Outputs = Record<string, Tensor<'float32'>>;
