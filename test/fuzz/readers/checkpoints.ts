// Checkpoints: torch.save's, new and old, and safetensors.

import { ast } from '@audiozoo/ast';
import { ced } from '@audiozoo/ced';
import {
  averageCheckpoints,
  convertCheckpoint,
  inspectCheckpoint,
  memoryDirectory,
  openCheckpoint,
} from '@audiozoo/converters';
import { type AnyModel, bytesSource, type JsonObject, type SettingValues, tensor } from '@audiozoo/core';
import { elementCount, storedParameters } from '@audiozoo/core/plugin';
import { efficientat } from '@audiozoo/efficientat';
import fc from 'fast-check';
import { torchArchive } from '../../../packages/converters/test/torch-archive.js';
import { safetensorsFile } from '../../../packages/core/test/safetensors-file.js';
import { mutated, mutatedJson, mutatedParts } from '../mutations.js';
import { pickleProgram, pickleValue } from '../pickle-programs.js';
import type { FuzzedReader } from '../reader.js';
import { readEntries, writeEntries } from '../zip-rewriter.js';
import { encode, fixture, fixturesIn } from './fixture.js';
import { type Shapes, wrongCheckpoint } from './wrong-checkpoint.js';

/** Larger ones take the time that many small ones would. */
const mostSeedBytes = 8000;

const pth = 'converters/test/fixtures/pth';
const checkpoints = fixturesIn(pth)
  .filter((file) => file.endsWith('.pth'))
  .map((file) => fixture(`${pth}/${file}`))
  .filter(({ length }) => length > 0 && length <= mostSeedBytes);
const beginsWith =
  (...head: number[]) =>
  (bytes: Uint8Array) =>
    head.every((byte, at) => bytes[at] === byte);
const zips = checkpoints.filter(beginsWith(0x50, 0x4b, 3, 4)).filter((bytes) => bytes.at(-22) === 0x50);
const legacy = checkpoints.filter(beginsWith(0x80));

/** Every tensor, and every checksum. */
async function readCheckpoint(bytes: Uint8Array): Promise<void> {
  const checkpoint = await openCheckpoint(bytesSource(bytes, 'fuzzed'));
  for (const each of checkpoint.tensors.values()) {
    const { shape, data } = await each.read();
    if (data.length !== elementCount(shape)) throw new Error('a tensor has not the elements of its shape');
  }
  await checkpoint.verify();
}

/** What the commands make of a checkpoint. */
function useCheckpoint(model: AnyModel, settings: SettingValues = {}) {
  return async (bytes: Uint8Array): Promise<void> => {
    const source = bytesSource(bytes, 'fuzzed');
    await inspectCheckpoint(source, { models: [model] });
    const nowhere = { async write() {}, async close() {} };
    const output = { create: async () => nowhere, async commit() {}, async abort() {} };
    await averageCheckpoints([source, source], { output });
    await convertCheckpoint(source, { models: [model], output: memoryDirectory(), settings });
  };
}

const width = 8;
/** An official AST of one block, as small as can be. */
const astShapes: Shapes = {
  'module.v.cls_token': [1, 1, width],
  'module.v.dist_token': [1, 1, width],
  'module.v.pos_embed': [1, 146, width],
  'module.v.patch_embed.proj.weight': [width, 1, 16, 16],
  'module.v.patch_embed.proj.bias': [width],
  ...Object.fromEntries(
    Object.entries({
      'norm1.weight': [width],
      'norm1.bias': [width],
      'attn.qkv.weight': [3 * width, width],
      'attn.qkv.bias': [3 * width],
      'attn.proj.weight': [width, width],
      'attn.proj.bias': [width],
      'norm2.weight': [width],
      'norm2.bias': [width],
      'mlp.fc1.weight': [16, width],
      'mlp.fc1.bias': [16],
      'mlp.fc2.weight': [width, 16],
      'mlp.fc2.bias': [width],
    }).map(([name, shape]) => [`module.v.blocks.0.${name}`, shape]),
  ),
  'module.v.norm.weight': [width],
  'module.v.norm.bias': [width],
  'module.mlp_head.0.weight': [width],
  'module.mlp_head.0.bias': [width],
  'module.mlp_head.1.weight': [35, width],
  'module.mlp_head.1.bias': [35],
};

/** Names and shapes of a model. */
const shapesOf = (model: AnyModel, config: JsonObject): Shapes =>
  Object.fromEntries(
    storedParameters(model.parameters(model.readConfig(config, {}))).map(({ name, shape }) => [name, shape]),
  );
const cedShapes = shapesOf(ced, {
  ...{ embed_dim: 8, depth: 1, num_heads: 1, n_mels: 16, target_length: 48, outputdim: 3 },
});
const mnShapes = shapesOf(efficientat, { width_multiplier: 0.01, num_labels: 3 });
const convolutionalShapes = shapesOf(efficientat, {
  ...{ width_multiplier: 0.01, num_labels: 3, head_type: 'fully_convolutional' },
});
const frameShapes = shapesOf(efficientat, { variant: 'frame_mn', width_multiplier: 0.01, num_labels: 3 });

const floats = tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
const bytes = tensor('uint8', [3], Uint8Array.of(1, 2, 3));
const safetensorsSeeds = [
  safetensorsFile({ a: floats, b: bytes, 'c.weight': floats }),
  safetensorsFile({}),
  safetensorsFile({ a: tensor('float32', [0], new Float32Array(0)) }),
];

/** A header, its length and its data as separate parts: edits of the header leave the length right. */
const safetensorsParts = mutatedParts(
  safetensorsSeeds,
  (whole) => {
    const length = new DataView(whole.buffer, whole.byteOffset).getUint32(0, true);
    return [whole.subarray(8, 8 + length), whole.subarray(8 + length)];
  },
  (_, [header, data]) => {
    const length = new Uint8Array(BigUint64Array.of(BigInt(header!.length)).buffer);
    return new Uint8Array(Buffer.concat([length, header!, data!]));
  },
);

const safetensorsHeader = mutatedJson({
  __metadata__: { format: 'pt' },
  a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
  b: { dtype: 'U8', shape: [3], data_offsets: [24, 27] },
}).map((header) => {
  const text = encode(header);
  const length = new Uint8Array(BigUint64Array.of(BigInt(text.length)).buffer);
  return new Uint8Array(Buffer.concat([length, text, new Uint8Array(27)]));
});

/** What makes a file this or that kind of checkpoint, and then anything. */
const beginnings = fc
  .tuple(
    fc.constantFrom([0x50, 0x4b, 3, 4], [0x80, 2], [0x80, 4, 0x95], [8, 0, 0, 0, 0, 0, 0, 0, 0x7b], []),
    fc.uint8Array({ maxLength: 300 }),
  )
  .map(([head, rest]) => Uint8Array.from([...head, ...rest]));

export const checkpointReaders: readonly FuzzedReader[] = [
  {
    name: 'pickle',
    files: fc
      .oneof(pickleProgram, pickleValue)
      .map((program) =>
        torchArchive(program, new Map(['0', '1', '2'].map((key) => [key, new Uint8Array(24)]))),
      ),
    read: readCheckpoint,
  },
  {
    name: 'torch-zip',
    files: fc.oneof(
      mutated(zips),
      mutatedParts(
        zips.map(readEntries),
        (entries) => entries.map(({ content }) => content),
        (entries, contents) =>
          writeEntries(entries.map((entry, index) => ({ ...entry, content: contents[index]! }))),
      ),
    ),
    read: readCheckpoint,
  },
  { name: 'torch-legacy', files: mutated(legacy), read: readCheckpoint },
  { name: 'no-checkpoint', files: beginnings, read: readCheckpoint },
  {
    name: 'safetensors',
    files: fc.oneof(mutated(safetensorsSeeds), safetensorsParts, safetensorsHeader),
    read: readCheckpoint,
  },
  {
    name: 'conversion',
    files: fc.oneof(wrongCheckpoint(astShapes), mutated(zips), safetensorsParts),
    read: useCheckpoint(ast, { heads: 2 }),
  },
  { name: 'conversion-ced', files: wrongCheckpoint(cedShapes), read: useCheckpoint(ced, { heads: 1 }) },
  {
    name: 'conversion-efficientat',
    runs: 100,
    files: fc.oneof(...[mnShapes, convolutionalShapes, frameShapes].map(wrongCheckpoint)),
    read: useCheckpoint(efficientat),
  },
];
