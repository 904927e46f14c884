// A tiny AST as transformers' save_pretrained wrote it (fixtures/hugging-face/make.py), with what
// transformers makes of one clip.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { openModelDirectory, readNpy, type Tensor, tensor } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { featureTolerance, logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { readAudio } from '@audiozoo/features/audio';
import { describe, expect, test } from 'vitest';
import { largestDifference } from './largest-difference.js';

const fixtures = join(import.meta.dirname, 'fixtures/hugging-face');
const golden = async (name: string) =>
  readNpy(await readFile(join(fixtures, `${name}.npy`))) as Tensor<'float32'>;

describe.each([
  'whole',
  'sharded',
  '../transformers-5/whole', // new names, the extractor in processor_config.json
])('a directory of transformers (%s)', (name) => {
  test('gives the logits and the embedding that transformers gives', async () => {
    const directory = await openModelDirectory(await openFiles(join(fixtures, name)));
    const config = ast.readConfig(directory.config, directory.preprocessorConfig);
    const loaded = await referenceBackend().load(ast, directory.weights, { config });
    const outputs = await loaded.run({ input_values: await golden('input') });
    await directory.weights.close();

    expect(largestDifference(outputs.logits!, await golden('logits'))).toBeLessThan(logitTolerance.float32);
    expect(largestDifference(outputs.embedding!, await golden('embedding'))).toBeLessThan(
      logitTolerance.float32,
    );
  });
});

test('an ASTModel gives the embedding that transformers gives, and no logits', async () => {
  const directory = await openModelDirectory(await openFiles(join(fixtures, '../transformers-5/base')));
  const config = ast.readConfig(directory.config, directory.preprocessorConfig);
  const loaded = await referenceBackend().load(ast, directory.weights, { config });
  const outputs = await loaded.run({ input_values: await golden('input') });
  await directory.weights.close();
  expect(Object.keys(outputs)).toEqual(['embedding']);
  expect(largestDifference(outputs.embedding!, await golden('embedding'))).toBeLessThan(
    logitTolerance.float32,
  );
});

test('another input length finds its position embeddings under their new name', async () => {
  const open = async (name: string) => {
    const { config, preprocessorConfig, weights } = await openModelDirectory(
      await openFiles(join(fixtures, name)),
    );
    const own = ast.readConfig(config, preprocessorConfig);
    const shorter = ast.resizing!.config(own, { frames: 60 });
    const loaded = await referenceBackend().load(ast, weights, { config: shorter });
    await weights.close();
    const input = tensor('float32', [1, 60, 48], (await golden('input')).data.slice(0, 60 * 48));
    return (await loaded.run({ input_values: input })).logits!;
  };
  const logits = await open('../transformers-5/whole');
  expect(largestDifference(logits, await open('whole'))).toBeLessThan(logitTolerance.float32);
});

test("the front end makes of a clip what transformers' feature extractor makes of it", async () => {
  const directory = await openModelDirectory(await openFiles(join(fixtures, 'whole')));
  await directory.weights.close();
  const frontEnd = ast.frontEnd(ast.readConfig(directory.config, directory.preprocessorConfig));
  const { samples } = await readAudio(join(fixtures, 'clip.wav'), { resampleTo: frontEnd.sampleRate });
  const input = frontEnd.inputs([samples]).input_values!;
  expect(largestDifference(input, await golden('input'))).toBeLessThan(featureTolerance.maximum);
});
