// An official checkpoint in a page: from the dropped .pth through conversion to the model's outputs.

import { ast } from '@audiozoo/ast';
import { convertCheckpoint, memoryDirectory } from '@audiozoo/converters';
import { type Backend, blobSource, openModelDirectory, readNpy, tensor } from '@audiozoo/core';
import type { OfficialCase } from '../../../ast/test/official-cases.js';

export type GoldenCase = OfficialCase;

/** What there may be reference numbers of. */
export const goldenNames = ['logits', 'embedding', 'patches', 'hidden', 'attention'] as const;

/** What comes out, by name. `fixtures` is the folder of the reference numbers. */
export async function goldenOutputs(backend: Backend, fixtures: string, example: GoldenCase) {
  const file = async (path: string) => (await fetch(`/@fs${fixtures}/${path}`)).blob();
  const { config, mean, std } = example;
  const directory = memoryDirectory();
  await convertCheckpoint(blobSource(await file(`ast/${example.checkpoint}`)), {
    models: [ast],
    output: directory,
    settings: {
      mean,
      std,
      fstride: config.fstride,
      tstride: config.tstride,
      frames: config.inputTdim,
      melBins: config.inputFdim,
      heads: config.numHeads,
    },
  });
  const opened = await openModelDirectory(directory);
  const loaded = await backend.load(ast, opened.weights, {
    config: ast.readConfig(opened.config, opened.preprocessorConfig),
    outputs: goldenNames.filter((name) => example[name] !== undefined),
  });
  await opened.weights.close();

  // As the official dataloader does it: cut or padded, then normalised.
  const { inputFdim: melBins, inputTdim: frames } = config;
  const data = new Float32Array(example.fbank.length * frames * melBins);
  for (const [index, name] of example.fbank.entries()) {
    const bytes = await (await file(`fbank/${name}.npy`)).arrayBuffer();
    const features = readNpy(new Uint8Array(bytes)).data as Float32Array;
    data.set(features.subarray(0, frames * melBins), index * frames * melBins);
  }
  const normal = data.map((value) => (value - mean) / (2 * std));
  const outputs = await loaded.run({
    input_values: tensor('float32', [example.fbank.length, frames, melBins], normal),
  });
  await loaded.dispose();
  return Object.entries(outputs).map(([name, { data }]): [string, Float32Array] => [name, data]);
}
