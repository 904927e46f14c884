// Real checkpoints: of the official AST code, and of transformers.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { convertCheckpoint, inspectCheckpoint, memoryDirectory, openCheckpoint } from '@audiozoo/converters';
import { openModelDirectory, readTensor, toFloat32 } from '@audiozoo/core';
import { openFile, openFiles } from '@audiozoo/core/files';
import { checkWeights } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';

const fixtures = join(import.meta.dirname, '../../ast/test/fixtures');
const models = [ast];

describe.each([
  { file: 'stride_12_12_half', format: 'pytorch-zip', dtype: 'float16', stride: 12, prefix: 'module.' },
  { file: 'stride_14_14_bf16_no_prefix', format: 'pytorch-zip', dtype: 'bfloat16', stride: 14, prefix: '' },
  { file: 'stride_16_16_legacy', format: 'pytorch-legacy', dtype: 'float32', stride: 16, prefix: 'module.' },
])('the official checkpoint $file', ({ file, format, dtype, stride, prefix }) => {
  const open = () => openFile(join(fixtures, 'ast', `${file}.pth`));

  test('is recognized', async () => {
    const source = await open();
    const inspection = await inspectCheckpoint(source, { models });
    await source.close();
    expect(inspection).toMatchObject({
      format,
      recognized: { model: ast.type, naming: 'official AST', depth: 2 },
    });
    expect(inspection.tensors).toHaveLength(39);
  });

  test('becomes a model directory of its own dtype, with query, key and value apart', async () => {
    const source = await open();
    const output = memoryDirectory();
    const settings = { fstride: stride, tstride: stride, frames: 256 };
    const report = await convertCheckpoint(source, { models, output, settings });
    expect(report.dtype).toBe(dtype);
    expect(report.assumptions.length).toBeGreaterThan(0);

    const { config, preprocessorConfig, weights } = await openModelDirectory(output);
    expect(config).toMatchObject({ model_type: ast.type, frequency_stride: stride, time_stride: stride });
    const astConfig = ast.readConfig(config, preprocessorConfig);
    checkWeights(ast.parameters(astConfig), weights.tensors);

    const { tensors } = await openCheckpoint(source);
    const width = astConfig.embedDim;
    const { query, key, value } = ast.parameters(astConfig).blocks[1]!;
    for (const [third, { weight }] of [query, key, value].entries()) {
      const rows = { start: third * width, end: (third + 1) * width };
      const official = await tensors.get(`${prefix}v.blocks.1.attn.qkv.weight`)!.read({ rows });
      const ours = await readTensor(weights.tensors.get(weight.name)!);
      expect({ name: weight.name, data: ours.data }).toEqual({ name: weight.name, data: official.data });
    }
    await source.close();
  });
});

test('a directory of transformers with pytorch_model.bin gets the weights that its safetensors have', async () => {
  const output = memoryDirectory();
  await convertCheckpoint(await openFiles(join(fixtures, 'hugging-face/bin')), { models, output });
  const ours = await openModelDirectory(output);
  const theirs = await openModelDirectory(await openFiles(join(fixtures, 'hugging-face/whole')));
  expect([...ours.weights.tensors.keys()].sort()).toEqual([...theirs.weights.tensors.keys()].sort());
  for (const [name, stored] of theirs.weights.tensors) {
    const weight = await readTensor(ours.weights.tensors.get(name)!);
    expect({ name, weight }).toEqual({ name, weight: await readTensor(stored) });
  }
  await theirs.weights.close();

  const original = JSON.parse(await readFile(join(fixtures, 'hugging-face/bin/config.json'), 'utf8'));
  expect(ours.config).toEqual(original);
});

test('a sharded directory is rewritten as one file, in float16', async () => {
  const output = memoryDirectory();
  const files = await openFiles(join(fixtures, 'hugging-face/sharded'));
  await convertCheckpoint(files, { models, output, dtype: 'float16' });
  const ours = await openModelDirectory(output);
  const theirs = await openModelDirectory(files);
  for (const [name, stored] of theirs.weights.tensors) {
    const weight = toFloat32(await readTensor(ours.weights.tensors.get(name)!));
    const whole = toFloat32(await readTensor(stored));
    weight.forEach((value, index) => {
      expect(Math.abs(value - whole[index]!)).toBeLessThanOrEqual(
        Math.abs(whole[index]!) * 2 ** -11 + 2 ** -25,
      );
    });
  }
  await theirs.weights.close();
});
