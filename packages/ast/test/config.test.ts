import { ast, audioset, patchGrid, readConfig, writeConfig } from '@audiozoo/ast';
import { AudiozooError, type JsonObject } from '@audiozoo/core';
import { listParameters } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';

/** What MIT/ast-finetuned-audioset-10-10-0.4593 holds, in short: only what differs from the defaults. */
const audiosetConfig: JsonObject = {
  model_type: 'audio-spectrogram-transformer',
  id2label: Object.fromEntries(audioset.labels.map(({ name }, index) => [index, name])),
};
const audiosetPreprocessor: JsonObject = { mean: -4.2677393, std: 4.5689974, max_length: 1024 };

function errorOf(run: () => unknown): AudiozooError {
  try {
    run();
  } catch (error) {
    if (AudiozooError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('reading a Hugging Face config', () => {
  test('absent keys have the defaults of transformers', () => {
    const config = readConfig(audiosetConfig, audiosetPreprocessor);
    expect(config).toMatchObject({
      embedDim: 768,
      depth: 12,
      heads: 12,
      mlpDim: 3072,
      frames: 1024,
      melBins: 128,
      layerNormEpsilon: 1e-12,
      headLayerNormEpsilon: 1e-12,
      sampleRate: 16000,
    });
  });

  test('527 labels without a problem_type mean multi-label, other counts single-label', () => {
    expect(readConfig(audiosetConfig, audiosetPreprocessor).problemType).toBe('multi_label_classification');
    const three = readConfig({ id2label: { 0: 'a', 1: 'b', 2: 'c' } }, {});
    expect(three.problemType).toBe('single_label_classification');
  });

  test("AudioSet's labels get their machine identifiers, and no others", async () => {
    const config = readConfig(audiosetConfig, audiosetPreprocessor);
    expect((await ast.completeConfig!(config)).labels[0]).toEqual({ name: 'Speech', mid: '/m/09x0r' });
    const others = { ...config, labels: config.labels.map(({ name }) => ({ name: `no ${name}` })) };
    expect(await ast.completeConfig!(others)).toEqual(others);
  });

  test.each<[string, JsonObject, readonly string[]]>([
    ['numbers are names too', { id2label: { 0: 0, 1: 8, 2: 'c' } }, ['0', '8', 'c']],
    ['gaps have no name', { id2label: { 0: 'a', 3: 'd' } }, ['a', 'LABEL_1', 'LABEL_2', 'd']],
    ['names that are null neither', { id2label: { 0: null, 1: 'b' } }, ['LABEL_0', 'b']],
    ['a gap at the end is told by num_labels', { id2label: { 0: 'a' }, num_labels: 2 }, ['a', 'LABEL_1']],
    ['their number is enough', { num_labels: 2 }, ['LABEL_0', 'LABEL_1']],
    ['their number beside null is enough', { id2label: null, num_labels: 1 }, ['LABEL_0']],
  ])('labels: %s', (_, config, names) => {
    expect(readConfig(config, {}).labels.map(({ name }) => name)).toEqual(names);
  });

  test('ASTModel has no labels, whatever its config says of them', () => {
    const config = readConfig(
      { ...audiosetConfig, architectures: ['ASTModel'], problem_type: 'regression' },
      {},
    );
    expect(config.labels).toEqual([]);
    expect(ast.parameters(config).head).toBeUndefined();
    const written = writeConfig(config).config;
    expect(written).toMatchObject({ architectures: ['ASTModel'] });
    expect(readConfig(written, {})).toEqual(config);
  });

  test('features stay as they are where do_normalize is false', () => {
    const { mean, std } = readConfig({}, { do_normalize: false, mean: 3, std: 7 });
    expect((1.25 - mean) / (2 * std)).toBe(1.25);
  });

  test.each([
    ['config.json', { hidden_size: 100, num_attention_heads: 12 }, {}, /num_attention_heads in config\.json/],
    ['config.json', { hidden_size: -1 }, {}, /hidden_size .* expected a whole number .* got -1/],
    ['config.json', { hidden_size: 1e12 }, {}, /hidden_size/],
    ['config.json', { num_hidden_layers: 1e6 }, {}, /num_hidden_layers .* from 1 to 1000, got 1000000/],
    [
      'config.json',
      { max_length: 1e6, time_stride: 1e6 },
      { max_length: 1e6 },
      /max_length .* from 1 to 100000/,
    ],
    ['config.json', { max_length: 1e5, num_mel_bins: 1e4, time_stride: 1e5 }, {}, /max_length .* values/],
    ['config.json', { max_length: 1e5, frequency_stride: 1, time_stride: 1 }, {}, /at most 50000 patches/],
    ['config.json', { num_labels: 1e6 }, {}, /num_labels .* from 1 to 100000/],
    ['config.json', { id2label: 'x'.repeat(1e6) }, {}, /id2label .* got "x{100}…"\.$/],
    ['config.json', { hidden_size: [[[1]]] }, {}, /hidden_size .* got \[…\]/],
    ['config.json', { hidden_act: 'relu' }, {}, /hidden_act .* "gelu".* "relu"/],
    ['config.json', { problem_type: 'regression' }, {}, /problem_type .* "regression"/],
    ['config.json', { hidden_act: 'gelu_new' }, {}, /hidden_act .* "gelu".* "gelu_new"/],
    ['config.json', { hidden_act: 'silu' }, {}, /hidden_act .* "gelu".* "silu"/],
    ['config.json', { id2label: { 0: 'a', 1: ['b'] } }, {}, /id2label .* a name for class 1/],
    ['config.json', { id2label: { 0: 'a', dog: 'b' } }, {}, /id2label .* class numbers .* got "dog"/],
    ['config.json', { id2label: { 0: 'a', 5e6: 'b' } }, {}, /id2label .* class numbers .* got "5000000"/],
    ['config.json', { id2label: {} }, {}, /id2label .* at least one class/],
    ['config.json', { layer_norm_eps: Number.NaN }, {}, /layer_norm_eps .* got NaN/],
    ['config.json', { max_length: 10 }, { max_length: 10 }, /max_length/],
    [
      'preprocessor',
      { max_length: 512 },
      { max_length: 1024 },
      /max_length in preprocessor_config\.json .* 512/,
    ],
    ['preprocessor', {}, { std: 0 }, /std in preprocessor_config\.json/],
    ['preprocessor', {}, { num_mel_bins: 64 }, /num_mel_bins in preprocessor_config\.json/],
  ])('a value in %s that does not fit is refused with its key: %j', (_, config, preprocessor, message) => {
    const error = errorOf(() => readConfig(config, preprocessor));
    expect(error.code).toBe('model');
    expect(error.message).toMatch(message);
  });

  test('a missing preprocessor_config.json is an error, not a guess', () => {
    expect(errorOf(() => readConfig(audiosetConfig, undefined)).message).toMatch(
      /preprocessor_config\.json is not/,
    );
  });

  test('what is written reads back the same', () => {
    const config = readConfig(audiosetConfig, audiosetPreprocessor);
    const written = writeConfig({ ...config, headLayerNormEpsilon: 1e-5, mean: -1.5 });
    const text = JSON.parse(JSON.stringify(written));
    expect(readConfig(text.config, text.preprocessorConfig)).toEqual({
      ...config,
      headLayerNormEpsilon: 1e-5,
      mean: -1.5,
    });
  });
});

test.each([
  [10, 1024, 128, 1214],
  [12, 1024, 128, 852],
  [14, 1024, 128, 659],
  [16, 1024, 128, 514],
  [10, 128, 128, 146],
])(
  'stride %i over %i frames and %i mel bins gives %i tokens, as the paper',
  (stride, frames, melBins, tokens) => {
    const grid = patchGrid({ patchSize: 16, frequencyStride: stride, timeStride: stride, frames, melBins });
    expect(grid.rows * grid.columns + 2).toBe(tokens);
  },
);

test('AST-base has as many parameters as transformers counts', () => {
  const tree = ast.parameters(readConfig(audiosetConfig, audiosetPreprocessor));
  const count = listParameters(tree).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  expect(count).toBe(86_594_063);
});
