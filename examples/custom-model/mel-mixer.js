// A model in one file: an MLP-Mixer (Tolstikhin et al. 2021, arXiv:2105.01601) over patches of a log-mel
// spectrogram. Layers mix along the tokens and along the channels in turn; there is no attention. Everything
// that loads, runs, exports or converts models takes it as it takes those that are built in.
//
// D = width, N = tokens, B = batch.

import { AudiozooError } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';
import { overFbank } from '@audiozoo/features';

/**
 * @typedef {object} MixerConfig
 * @property {number} frames
 * @property {number} melBins
 * @property {number} patchSize
 * @property {number} width
 * @property {number} depth
 * @property {number} tokenMixing width of the hidden layer along the tokens
 * @property {number} channelMixing width of the hidden layer along the channels
 * @property {number} mean
 * @property {number} std
 * @property {number} sampleRate
 * @property {readonly { name: string }[]} labels
 */

/** @type {import('@audiozoo/core').Model<MixerConfig, ReturnType<typeof parameters>>} */
export const melMixer = {
  type: 'mel-mixer',
  readConfig,
  parameters,
  ...overFbank(fbankInput), // inputs and front end, in JavaScript or where the model runs
  outputs: ({ labels, width }) => ({ logits: { shape: [labels.length] }, embedding: { shape: [width] } }),
  build,
  labels: ({ labels }) => labels,
  problemType: () => 'single_label_classification',
};

/** What `audiozoo --plugin` looks for. */
export const models = [melMixer];

/**
 * @param {import('@audiozoo/core').JsonObject} config
 * @param {import('@audiozoo/core').JsonObject | undefined} preprocessor
 * @returns {MixerConfig}
 */
function readConfig(config, preprocessor = {}) {
  return {
    frames: size('max_length'),
    melBins: size('num_mel_bins'),
    patchSize: size('patch_size'),
    width: size('hidden_size'),
    depth: size('num_hidden_layers'),
    tokenMixing: size('token_mixing_size'),
    channelMixing: size('channel_mixing_size'),
    mean: number('mean'),
    std: number('std'),
    sampleRate: number('sampling_rate'),
    labels: Object.values(config.id2label ?? {}).map((name) => ({ name: String(name) })),
  };

  /** @param {string} key */
  function size(key) {
    const value = config[key];
    if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 4096) return Number(value);
    throw wrong(`${key} in config.json`, 'a whole number from 1 to 4096', value);
  }

  /** @param {string} key */
  function number(key) {
    const value = preprocessor[key];
    if (typeof value === 'number') return value;
    throw wrong(`${key} in preprocessor_config.json`, 'a number', value);
  }
}

/**
 * Kaldi's log-mel features, cut or padded to the input's length, then normalized.
 * @param {MixerConfig} config
 * @returns {import('@audiozoo/features').FbankInput}
 */
function fbankInput({ frames, melBins, mean, std, sampleRate }) {
  const fbank = /** @type {const} */ ({ sampleRate, melBins, window: 'hanning' });
  return { name: 'input_values', fbank, frames, mean, scale: 1 / (2 * std) };
}

/**
 * All weights, by what they are: names and shapes.
 * @param {MixerConfig} config
 */
function parameters({ frames, melBins, patchSize, width, depth, tokenMixing, channelMixing, labels }) {
  const tokens = Math.floor(melBins / patchSize) * Math.floor(frames / patchSize);
  return {
    patches: linearParameters('patches', width, patchSize * patchSize),
    blocks: Array.from({ length: depth }, (_, index) => ({
      norm1: normParameters(`blocks.${index}.norm1`, width),
      tokens1: linearParameters(`blocks.${index}.tokens1`, tokenMixing, tokens),
      tokens2: linearParameters(`blocks.${index}.tokens2`, tokens, tokenMixing),
      norm2: normParameters(`blocks.${index}.norm2`, width),
      channels1: linearParameters(`blocks.${index}.channels1`, channelMixing, width),
      channels2: linearParameters(`blocks.${index}.channels2`, width, channelMixing),
    })),
    norm: normParameters('norm', width),
    head: linearParameters('head', labels.length, width),
  };
}

/** @param {string} name @param {number} outs @param {number} ins */
const linearParameters = (name, outs, ins) => ({
  weight: parameter(`${name}.weight`, [outs, ins]),
  bias: parameter(`${name}.bias`, [outs]),
});

/** @param {string} name @param {number} width */
const normParameters = (name, width) => ({
  scale: parameter(`${name}.weight`, [width]),
  shift: parameter(`${name}.bias`, [width]),
});

/**
 * Normalized features [B, frames, melBins] → logits [B, labels] and embedding [B, D].
 * @template T
 * @param {import('@audiozoo/core').Ops<T>} ops
 * @param {import('@audiozoo/core').Resolved<ReturnType<typeof parameters>, T>} weights
 * @param {Readonly<Record<string, T>>} inputs
 * @param {MixerConfig} config
 */
function build(ops, weights, { input_values: features }, { patchSize: side }) {
  const linear = (/** @type {{ weight: T, bias: T }} */ { weight, bias }, /** @type {T} */ x) =>
    ops.linear(x, weight, bias);
  const layerNorm = (/** @type {{ scale: T, shift: T }} */ { scale, shift }, /** @type {T} */ x) =>
    ops.layerNorm(x, scale, shift, { epsilon: 1e-6 });
  const flip = (/** @type {T} */ x) => ops.transpose(x, [0, 2, 1]);

  const spectrogram = flip(features); // [B, melBins, frames]
  const patches = ops.patches(spectrogram, { size: [side, side], stride: [side, side] }); // [B, N, side²]
  let tokens = linear(weights.patches, patches); // [B, N, D]
  for (const { norm1, tokens1, tokens2, norm2, channels1, channels2 } of weights.blocks) {
    const channels = flip(layerNorm(norm1, tokens)); // [B, D, N]
    tokens = ops.add(tokens, flip(linear(tokens2, ops.gelu(linear(tokens1, channels))))); // [B, N, D]
    const normed = layerNorm(norm2, tokens);
    tokens = ops.add(tokens, linear(channels2, ops.gelu(linear(channels1, normed)))); // [B, N, D]
  }
  const embedding = ops.mean(layerNorm(weights.norm, tokens), 1); // [B, D]
  return { logits: linear(weights.head, embedding), embedding };
}

/** @param {string} what @param {string} expected @param {unknown} value */
function wrong(what, expected, value) {
  const got = JSON.stringify(value) ?? 'nothing';
  return new AudiozooError({ code: 'model', what: `${what} does not fit`, expected, got });
}
