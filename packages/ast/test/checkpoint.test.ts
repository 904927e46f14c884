import { officialCheckpoint } from '@audiozoo/ast';
import type { ConversionOptions, Shape, TensorInfo } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';

/** Names and shapes of an official checkpoint, as torch.save of a DataParallel model leaves them. */
function officialTensors({
  tokens = 1214,
  classes = 527,
  embedDim = 192,
  depth = 2,
  prefix = 'module.',
} = {}) {
  const shapes: Record<string, Shape> = {
    'v.cls_token': [1, 1, embedDim],
    'v.dist_token': [1, 1, embedDim],
    'v.pos_embed': [1, tokens, embedDim],
    'v.patch_embed.proj.weight': [embedDim, 1, 16, 16],
    'v.patch_embed.proj.bias': [embedDim],
    'v.norm.weight': [embedDim],
    'v.norm.bias': [embedDim],
    'v.head.weight': [1000, embedDim],
    'v.head.bias': [1000],
    'v.head_dist.weight': [1000, embedDim],
    'v.head_dist.bias': [1000],
    'mlp_head.0.weight': [embedDim],
    'mlp_head.0.bias': [embedDim],
    'mlp_head.1.weight': [classes, embedDim],
    'mlp_head.1.bias': [classes],
  };
  for (let block = 0; block < depth; block++) {
    const name = `v.blocks.${block}`;
    for (const norm of ['norm1', 'norm2']) {
      shapes[`${name}.${norm}.weight`] = [embedDim];
      shapes[`${name}.${norm}.bias`] = [embedDim];
    }
    const linears: [string, number, number][] = [
      ['attn.qkv', 3 * embedDim, embedDim],
      ['attn.proj', embedDim, embedDim],
      ['mlp.fc1', 4 * embedDim, embedDim],
      ['mlp.fc2', embedDim, 4 * embedDim],
    ];
    for (const [linear, outDim, inDim] of linears) {
      shapes[`${name}.${linear}.weight`] = [outDim, inDim];
      shapes[`${name}.${linear}.bias`] = [outDim];
    }
  }
  const entries = Object.entries(shapes).map(([name, shape]): [string, TensorInfo] => [
    prefix + name,
    { dtype: 'float32', shape },
  ]);
  return new Map(entries);
}

const plan = (tensors: Map<string, TensorInfo>, options: ConversionOptions = {}) =>
  officialCheckpoint.plan(tensors, options);

describe('recognizing checkpoints', () => {
  test.each(['module.', '', 'module.module.'])('official names are recognized behind "%s"', (prefix) => {
    expect(officialCheckpoint.recognize(officialTensors({ prefix }))).toMatchObject({
      model: 'audio-spectrogram-transformer',
      embedDim: 192,
      depth: 2,
      tokens: 1214,
      classes: 527,
      dataSet: 'AudioSet',
      input: { fstride: 10, tstride: 10, frames: 1024, melBins: 128 },
    });
  });

  test("another model's checkpoint is not", () => {
    const tensors = new Map([['fc.weight', { dtype: 'float32', shape: [10, 10] } as const]]);
    expect(officialCheckpoint.recognize(tensors)).toBeUndefined();
  });
});

describe('planning a conversion', () => {
  test.each([
    [1214, 10, 1024],
    [852, 12, 1024],
    [659, 14, 1024],
    [514, 16, 1024],
    [146, 10, 128],
  ])('%i tokens need no flags: stride %i, %i frames', (tokens, stride, frames) => {
    expect(plan(officialTensors({ tokens })).config).toMatchObject({
      frequency_stride: stride,
      time_stride: stride,
      max_length: frames,
      num_mel_bins: 128,
    });
  });

  test('an unknown number of tokens names the settings that are missing', () => {
    const tensors = officialTensors({ tokens: 66 });
    expect(() => plan(tensors)).toThrow(/got 66 tokens\. Say `fstride`, `tstride`, `frames`/);
    const usual = { 'settings.fstride': 16, 'settings.tstride': 16, 'settings.frames': 128 };
    expect(() => plan(tensors)).toThrow(expect.objectContaining({ details: { tokens: 66, ...usual } }));
    const some = { settings: { fstride: 16, frames: 128 } };
    expect(() => plan(tensors, some)).toThrow(
      expect.objectContaining({ option: ['settings.tstride', 'settings.melBins'] }),
    );
    expect(() => plan(tensors, { settings: { fstride: 16, frames: 128 } })).toThrow(/Say `tstride` \(/);
    const told = plan(tensors, { settings: { fstride: 16, tstride: 16, frames: 128 } });
    expect(told.config).toMatchObject({ frequency_stride: 16, max_length: 128 });
  });

  test('flags that contradict the position embeddings are refused with both counts', () => {
    expect(() => plan(officialTensors(), { settings: { frames: 512 } })).toThrow(
      /expected 1214 tokens.* got 12 × 50 patches \+ 2 = 602/,
    );
  });

  test('heads are 64 wide unless told, and must divide the width', () => {
    expect(plan(officialTensors()).config.num_attention_heads).toBe(3);
    expect(plan(officialTensors(), { settings: { heads: 6 } }).config.num_attention_heads).toBe(6);
    expect(() => plan(officialTensors(), { settings: { heads: 5 } })).toThrow(/`heads`/);
    expect(() => plan(officialTensors({ embedDim: 100 }))).toThrow(/`heads`/);
  });

  test('labels, statistics and problem type come from the data set of that class count', () => {
    const audioset = plan(officialTensors());
    expect(audioset.config).toMatchObject({ problem_type: 'multi_label_classification' });
    expect(audioset.preprocessorConfig).toMatchObject({ mean: -4.2677393, std: 4.5689974 });
    const commands = plan(officialTensors({ tokens: 146, classes: 35 }));
    expect(commands.config).toMatchObject({
      problem_type: 'single_label_classification',
      id2label: { 0: 'backward', 34: 'one' },
    });
    expect(commands.preprocessorConfig).toMatchObject({ mean: -6.845978, std: 5.5654526 });
    const unknown = plan(officialTensors({ classes: 3 }));
    expect(unknown.config.id2label).toEqual({ 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' });
    expect(unknown.preprocessorConfig).toMatchObject({ mean: -4.2677393 });
  });

  test('every guess is an assumption, and nothing is assumed when all is told', () => {
    const input = { fstride: 10, tstride: 10, frames: 1024, melBins: 128 };
    const settings = { ...input, heads: 3, mean: 0, std: 1 };
    const labels = Array.from({ length: 527 }, (_, index) => ({ name: `${index}` }));
    const told = { settings, labels, problemType: 'multi_label_classification' } as const;
    expect(plan(officialTensors(), told).assumptions).toEqual([]);
    const guessed = plan(officialTensors()).assumptions.join('\n');
    for (const word of ['fstride 10', 'heads', 'multi_label', 'mean', 'std', 'Labels']) {
      expect(guessed).toContain(word);
    }
  });

  test('labels of another number than the head has classes are refused', () => {
    expect(() => plan(officialTensors(), { labels: [{ name: 'a' }] })).toThrow(/expected 527 labels.* got 1/);
  });

  test("the fused qkv is split by rows, and DeiT's heads are left out", () => {
    const { tensors, unused } = plan(officialTensors());
    const layer = 'audio_spectrogram_transformer.encoder.layer.1.attention.attention';
    expect(tensors.find(({ name }) => name === `${layer}.key.weight`)).toEqual({
      name: `${layer}.key.weight`,
      from: 'module.v.blocks.1.attn.qkv.weight',
      rows: { start: 192, end: 384 },
      shape: [192, 192],
    });
    expect(unused).toHaveLength(4);
    expect(unused[0]).toBe('module.v.head.weight');
  });

  test('missing, unexpected and misshapen weights are reported together', () => {
    const tensors = officialTensors();
    tensors.delete('module.v.norm.bias');
    tensors.set('module.v.extra', { dtype: 'float32', shape: [1] });
    tensors.set('module.v.blocks.1.mlp.fc2.bias', { dtype: 'float32', shape: [7] });
    expect(() => plan(tensors)).toThrow(
      /1 missing: v\.norm\.bias.*1 unexpected: v\.extra.*1 misshapen: v\.blocks\.1\.mlp\.fc2\.bias \(expected \[192\], got \[7\]\)/,
    );
  });
});
