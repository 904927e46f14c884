// Official checkpoints, from the .pth through conversion to the session, against what the official code
// (ASTModel on timm 0.4.5, float64) makes of the same features. Three cases are in the repository; a folder
// with more, laid out alike, can be named in AUDIOZOO_AST_REFERENCE.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { convertCheckpoint, directorySink } from '@audiozoo/converters';
import { openModelDirectory, readNpy, type Tensor, tensor } from '@audiozoo/core';
import { openFile, openFiles } from '@audiozoo/core/files';
import { logitTolerance } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { largestDifference } from './largest-difference.js';

interface Case {
  readonly name: string;
  readonly checkpoint: string;
  readonly config: {
    readonly fstride: number;
    readonly tstride: number;
    readonly inputFdim: number;
    readonly inputTdim: number;
    readonly numHeads: number;
  };
  /** Names of raw features, a clip each. */
  readonly fbank: readonly string[];
  readonly mean: number;
  readonly std: number;
  /** Normalised input, where it is not made of `fbank`. */
  readonly input?: string;
  readonly logits: string;
  readonly embedding: string;
}

const reference = process.env.AUDIOZOO_AST_REFERENCE ?? join(import.meta.dirname, 'fixtures');
const { cases } = JSON.parse(await readFile(join(reference, 'ast/cases.json'), 'utf8')) as { cases: Case[] };
const golden = async (path: string) => readNpy(await readFile(join(reference, path))) as Tensor<'float32'>;

describe.each(cases)('$name', (example) => {
  test('has the logits and the embedding of the official code', async () => {
    const { config, mean, std } = example;
    const folder = await mkdtemp(join(tmpdir(), 'audiozoo-golden-'));
    const source = await openFile(join(reference, 'ast', example.checkpoint));
    try {
      await convertCheckpoint(source, {
        models: [ast],
        output: directorySink(join(folder, 'model')),
        dtype: 'float32',
        mean,
        std,
        settings: {
          fstride: config.fstride,
          tstride: config.tstride,
          frames: config.inputTdim,
          melBins: config.inputFdim,
          heads: config.numHeads,
        },
      });
      const directory = await openModelDirectory(await openFiles(join(folder, 'model')));
      const astConfig = ast.readConfig(directory.config, directory.preprocessorConfig);
      const loaded = await onnxruntimeNode({ device: 'cpu' }).load(ast, directory.weights, {
        config: astConfig,
      });
      const outputs = await loaded.run({ input_values: await inputOf(example) });
      await loaded.dispose();
      await directory.weights.close();

      const { logits, embedding } = outputs;
      expect(largestDifference(logits!, await golden(`ast/${example.logits}`))).toBeLessThan(
        logitTolerance.float32,
      );
      expect(largestDifference(embedding!, await golden(`ast/${example.embedding}`))).toBeLessThan(
        logitTolerance.float32,
      );
    } finally {
      await source.close();
      await rm(folder, { recursive: true });
    }
  });
});

/** The reference's own features, cut or padded and normalised as the official dataloader does. */
async function inputOf({ input, fbank, config, mean, std }: Case): Promise<Tensor<'float32'>> {
  const { inputFdim: melBins, inputTdim: frames } = config;
  if (input !== undefined) {
    const { data } = await golden(`ast/${input}`);
    return tensor('float32', [data.length / (frames * melBins), frames, melBins], data);
  }
  const data = new Float32Array(fbank.length * frames * melBins);
  for (const [index, name] of fbank.entries()) {
    const features = await golden(`fbank/${name}.npy`);
    data.set(features.data.subarray(0, frames * melBins), index * frames * melBins);
  }
  return tensor(
    'float32',
    [fbank.length, frames, melBins],
    data.map((value) => (value - mean) / (2 * std)),
  );
}
