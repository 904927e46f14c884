// Checkpoints of timm's names, small enough to make in a test, as a safetensors file.

import { memoryDirectory, writeSafetensors } from '@audiozoo/converters';
import type { ByteSource, Shape, Tensor } from '@audiozoo/core';
import { randomTensor } from '@audiozoo/core/testing';

export const tinyWidth = 8;
const mlpWidth = 16;
const patch = 16;

/** Names and tensors of a transformer of one block with these position embeddings [tokens, 8]. */
export function tinyTransformer(
  prefix: string,
  channels: number,
  positions: Tensor<'float32'>,
): Record<string, Tensor> {
  const shapes: Record<string, Shape> = {
    cls_token: [1, 1, tinyWidth],
    dist_token: [1, 1, tinyWidth],
    'patch_embed.proj.weight': [tinyWidth, channels, patch, patch],
    'patch_embed.proj.bias': [tinyWidth],
    'blocks.0.norm1.weight': [tinyWidth],
    'blocks.0.norm1.bias': [tinyWidth],
    'blocks.0.attn.qkv.weight': [3 * tinyWidth, tinyWidth],
    'blocks.0.attn.qkv.bias': [3 * tinyWidth],
    'blocks.0.attn.proj.weight': [tinyWidth, tinyWidth],
    'blocks.0.attn.proj.bias': [tinyWidth],
    'blocks.0.norm2.weight': [tinyWidth],
    'blocks.0.norm2.bias': [tinyWidth],
    'blocks.0.mlp.fc1.weight': [mlpWidth, tinyWidth],
    'blocks.0.mlp.fc1.bias': [mlpWidth],
    'blocks.0.mlp.fc2.weight': [tinyWidth, mlpWidth],
    'blocks.0.mlp.fc2.bias': [tinyWidth],
    'norm.weight': [tinyWidth],
    'norm.bias': [tinyWidth],
  };
  const tensors = Object.entries(shapes).map(([name, shape], index): [string, Tensor] => [
    `${prefix}${name}`,
    randomTensor(shape, index + 1),
  ]);
  const tokens = positions.data.length / tinyWidth;
  return {
    ...Object.fromEntries(tensors),
    [`${prefix}pos_embed`]: { dtype: 'float32', shape: [1, tokens, tinyWidth], data: positions.data },
  };
}

export async function safetensorsSource(tensors: Readonly<Record<string, Tensor>>): Promise<ByteSource> {
  const memory = memoryDirectory();
  const file = await memory.create('tiny.safetensors');
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => ({
    name,
    dtype,
    shape,
    async *chunks() {
      yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
  }));
  await writeSafetensors(file, entries);
  await file.close();
  await memory.commit();
  return (await memory.open('tiny.safetensors'))!;
}
