import { ced } from '@audiozoo/ced';
import type { ForeignCheckpoint, TensorInfos } from '@audiozoo/core';
import { storedParameters } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';

const { foreignCheckpoint: load } = ced;
const { recognize, plan } = (await (load as () => Promise<ForeignCheckpoint>)()) as ForeignCheckpoint;

const base = ced.readConfig({ embed_dim: 96, num_heads: 3, depth: 2, outputdim: 50, target_length: 256 }, {});
const stored = storedParameters(ced.parameters(base));
const huggingFace: TensorInfos = new Map(
  stored.map(({ name, shape }) => [name, { dtype: 'float32' as const, shape }]),
);
const official: TensorInfos = new Map([
  ...[...huggingFace].map(
    ([name, info]) => [name.replace('encoder.', '').replace('init_bn', 'init_bn.1'), info] as const,
  ),
  ['front_end.0.spectrogram.window', { dtype: 'float32' as const, shape: [512] }],
]);

describe("a CED's weights", () => {
  test.each([
    ['official CED', official],
    ['Hugging Face', huggingFace],
  ])('are recognized under the names of %s, and become the same model', (naming, tensors) => {
    expect(recognize(tensors)).toMatchObject({ model: 'ced', naming, embedDim: 96, depth: 2, classes: 50 });
    const { config, tensors: sources, assumptions } = plan(tensors, { settings: { heads: 3 } });
    expect(config).toMatchObject({
      embed_dim: 96,
      num_heads: 3,
      depth: 2,
      outputdim: 50,
      target_length: 256,
    });
    expect(sources.map(({ name }) => name)).toEqual(stored.map(({ name }) => name));
    expect(assumptions).toContain('Labels: the 50 of ESC-50.');
  });

  test('need to be told of heads that are not of 64 channels', () => {
    expect(() => plan(official, {})).toThrow('width 96 does not split into attention heads');
  });

  test('leave the tables of the front end aside', () => {
    const { unused } = plan(official, { settings: { heads: 3 } });
    expect(unused).toEqual(['front_end.0.spectrogram.window']);
  });

  test('are refused with the names of all that is missing', () => {
    const broken = new Map(official);
    broken.delete('blocks.1.norm2.weight');
    broken.delete('init_bn.1.running_var');
    expect(() => plan(broken, { settings: { heads: 3 } })).toThrow(
      /init_bn\.1\.running_var[\s\S]*blocks\.1\.norm2\.weight/,
    );
  });

  test('take a length that their position embeddings allow', () => {
    expect(plan(official, { settings: { heads: 3, frames: 260 } }).config.target_length).toBe(260);
    expect(() => plan(official, { settings: { heads: 3, frames: 272 } })).toThrow('frames does not fit');
  });
});
