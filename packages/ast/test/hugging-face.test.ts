// A tiny AST as transformers' save_pretrained wrote it (fixtures/hugging-face/make.py), with what
// transformers makes of one clip.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { openModelDirectory, readNpy, type Tensor } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { featureTolerance, logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { readAudio } from '@audiozoo/features/audio';
import { describe, expect, test } from 'vitest';
import { largestDifference } from './largest-difference.js';

const fixtures = join(import.meta.dirname, 'fixtures/hugging-face');
const golden = async (name: string) =>
  readNpy(await readFile(join(fixtures, `${name}.npy`))) as Tensor<'float32'>;

describe.each(['whole', 'sharded'])('a directory of transformers (%s)', (name) => {
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

test("the front end makes of a clip what transformers' feature extractor makes of it", async () => {
  const directory = await openModelDirectory(await openFiles(join(fixtures, 'whole')));
  await directory.weights.close();
  const frontEnd = ast.frontEnd(ast.readConfig(directory.config, directory.preprocessorConfig));
  const { samples } = await readAudio(join(fixtures, 'clip.wav'), { sampleRate: frontEnd.sampleRate });
  const input = frontEnd.inputs([samples]).input_values!;
  expect(largestDifference(input, await golden('input'))).toBeLessThan(featureTolerance.maximum);
});
