// The tiny AST of fixtures/tiny-ast, and what PyTorch says of training it.

import { readFileSync } from 'node:fs';
import { ast } from '@audiozoo/ast';
import {
  bytesSource,
  castTensor,
  readSafetensors,
  readTensor,
  type Tensor,
  type Weights,
} from '@audiozoo/core';

const folder = new URL('./fixtures/tiny-ast/', import.meta.url);
const json = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const safetensors = (name: string) =>
  readSafetensors(bytesSource(new Uint8Array(readFileSync(new URL(name, folder))), name));

export const model = ast;
export const config = ast.readConfig(json('config.json'), json('preprocessor_config.json'));

export async function weights(): Promise<Weights> {
  return { tensors: (await safetensors('model.safetensors')).tensors, async close() {} };
}

/** The loss before each of 30 steps of Adam. */
export const losses: readonly number[] = json('losses.json');

export type Reference = (name: string) => Promise<Tensor<'float32'>>;

/** Tensors of make.py by name. */
export async function reference(): Promise<Reference> {
  const { tensors } = await safetensors('reference.safetensors');
  return async (name) => castTensor(await readTensor(tensors.get(name)!), 'float32');
}

/** Those numbers of a tensor that make.py keeps. */
export function few(data: Float32Array): Float32Array {
  const step = Math.ceil(data.length / 256);
  return data.filter((_, index) => index % step === 0);
}

/** The length of a − b as a share of that of b. */
export function relativeDistance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, index) => value - b[index]!)) / Math.hypot(...b);
}

/** Their true gradient is 0: scores change alike for all keys. */
export const isKeyBias = (name: string): boolean => name.endsWith('key.bias');
