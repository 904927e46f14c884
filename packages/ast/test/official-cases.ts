// What the official code (ASTModel on timm 0.4.5, float64) makes of checkpoints and features. Some cases are in
// the repository; a folder with more, laid out alike, can be named in AUDIOZOO_AST_REFERENCE.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { type ModelDirectory, openModelDirectory, readNpy, type Tensor, tensor } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { withConvertedFolder } from '../../../testing/converted-folder.js';

export interface OfficialCase {
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
  /** Normalized input, where it is not made of `fbank`. */
  readonly input?: string;
  readonly logits: string;
  readonly embedding: string;
  /** Of some cases what happens inside; `attention` perhaps of the first clips only. */
  readonly patches?: string;
  readonly hidden?: string;
  readonly attention?: string;
}

/** Position embeddings for other inputs, the first 8 channels. */
export interface Adaptations {
  /** Those that it starts from: of AudioSet, or of DeiT where `checkpoint` does not hold them. */
  readonly posEmbedFirst8Channels?: string;
  /** A whole DeiT, with the patches' weight that the official code makes of it. */
  readonly checkpoint?: string;
  readonly patchWeight?: string;
  readonly adaptations: readonly {
    readonly fstride: number;
    readonly tstride: number;
    readonly inputFdim: number;
    readonly inputTdim: number;
    readonly posEmbedFirst8Channels: string;
  }[];
}

const reference = process.env.AUDIOZOO_AST_REFERENCE ?? join(import.meta.dirname, 'fixtures');

export const { cases, audioset, deit } = JSON.parse(
  await readFile(join(reference, 'ast/cases.json'), 'utf8'),
) as {
  readonly cases: readonly OfficialCase[];
  readonly audioset: Adaptations;
  readonly deit: Adaptations;
};

/** Path of a reference file. */
export const referencePath = (name: string) => join(reference, 'ast', name);

export async function golden(path: string): Promise<Tensor<'float32'>> {
  return readNpy(await readFile(join(reference, path))) as Tensor<'float32'>;
}

/** The case's checkpoint, converted to float32, for as long as `use` takes. */
export async function withConverted<T>(
  { checkpoint, config, mean, std }: OfficialCase,
  use: (directory: ModelDirectory) => Promise<T>,
): Promise<T> {
  const settings = {
    mean,
    std,
    fstride: config.fstride,
    tstride: config.tstride,
    frames: config.inputTdim,
    melBins: config.inputFdim,
    heads: config.numHeads,
  };
  const converting = { models: [ast], dtype: 'float32', settings } as const;
  return withConvertedFolder(referencePath(checkpoint), converting, async (folder) => {
    const directory = await openModelDirectory(await openFiles(folder));
    return use(directory).finally(() => directory.weights.close());
  });
}

/** The reference's own features, cut or padded and normalized as the official dataloader does. */
export async function inputOf({ input, fbank, config, mean, std }: OfficialCase): Promise<Tensor<'float32'>> {
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
