// CLAP's tower of sound (Wu et al.: "Large-scale contrastive language-audio pretraining with feature fusion and
// keyword-to-caption augmentation", ICASSP 2023, arXiv:2211.06687; HTSAT: Chen et al., arXiv:2202.00874), as
// transformers' ClapModel: a spectrogram, laid out as a square image, through a Swin transformer.

import type { ModelParts, Ops, Resolved } from '@audiozoo/core';
import { bandNorm, parameter } from '@audiozoo/core/plugin';
import { type ClapConfig, frameCount, stageOf, stripes } from './config.js';
import { fuse, fusionParameters } from './fusion.js';
import {
  batchNormEpsilon,
  constant,
  layerNorm,
  normParameters,
  project,
  projectionParameters,
} from './layers.js';
import { stage, stageParameters } from './swin.js';

const encoder = 'audio_model.audio_encoder';

/** What checkpoints hold besides: the other tower, tables and counters. */
export const ignored = (name: string): boolean =>
  /^text_|^logit_scale_|relative_position_index$|num_batches_tracked$/.test(name);

/** All weights, by what they are: names and shapes. */
export function parameters(config: ClapConfig) {
  const { embedDim, depths, patchSize, projectionDim, fusion } = config;
  const { width } = stageOf(config, depths.length - 1);
  const patches = `${encoder}.patch_embed`;
  return {
    bands: bandNorm(`${encoder}.batch_norm`, config.melBins, batchNormEpsilon),
    resize: resizeParameter(config),
    patches: {
      weight: parameter(`${patches}.proj.weight`, [embedDim, 1, patchSize, patchSize]),
      bias: parameter(`${patches}.proj.bias`, [embedDim]),
    },
    fusion: fusion ? fusionParameters(patches, config) : undefined,
    patchNorm: normParameters(`${patches}.norm`, embedDim),
    stages: depths.map((_, index) => stageParameters(`${encoder}.layers.${index}`, index, config)),
    norm: normParameters(`${encoder}.norm`, width),
    projection: projectionParameters('audio_projection', width, projectionDim),
  };
}

/** Frames to columns of the image, as torch's bicubic interpolation with aligned corners: [columns, frames]. */
function resizeParameter(config: ClapConfig) {
  const frames = frameCount(config);
  const columns = config.imageSize * stripes(config);
  if (frames === columns) return undefined;
  const step = (frames - 1) / (columns - 1);
  return constant(`${encoder}.resize`, [columns, frames], (index) => {
    const at = Math.floor(index / frames) * step;
    const first = Math.floor(at);
    const frame = index % frames;
    let sum = 0; // what lies past an end is that end
    for (let tap = first - 1; tap <= first + 2; tap++) {
      if (Math.min(Math.max(tap, 0), frames - 1) === frame) sum += cubic(Math.abs(at - tap));
    }
    return sum;
  });
}

/** Keys' kernel with a = −0.75. */
function cubic(x: number): number {
  const a = -0.75;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** What makes four neighbors one goes with the block in front of it. */
export function parts(config: ClapConfig): ModelParts {
  const { stages, norm, projection } = parameters(config);
  const blocks = stages.flatMap(({ blocks, merge }) =>
    blocks.map((block, index) => (index === blocks.length - 1 ? [block, merge] : [block])),
  );
  const attention = stages.flatMap(({ blocks }) =>
    blocks.flatMap(({ query, key, value }) => [query.weight, key.weight, value.weight]),
  );
  return { blocks, behind: norm, head: projection, attention };
}

export type ClapParameters = ReturnType<typeof parameters>;

/** Decibels [B, frames, melBins], of fused models [B, 4, frames, melBins] and `is_longer` [B, 1] → embeddings. */
export function build<T>(
  ops: Ops<T>,
  weights: Resolved<ClapParameters, T>,
  inputs: Readonly<Record<string, T>>,
  config: ClapConfig,
  asked: ReadonlySet<string> = new Set(),
): Record<string, T> {
  const { imageSize, patchSize, embedDim, normEpsilon, projectionDim } = config;
  const shown: Record<string, T> = {};
  const show = (name: string, value: T) => {
    if (asked.has(name)) shown[name] = value;
  };
  const images = layOut(ops, weights, inputs.input_features!, config); // [B, imageSize, imageSize], or of four channels
  const channel = (from: number, to: number) =>
    ops.slice(ops.reshape(images, [-1, 4, imageSize, imageSize]), 1, from, to);
  const whole = config.fusion ? ops.reshape(channel(0, 1), [-1, imageSize, imageSize]) : images;
  show('image', whole);
  const { weight, bias } = weights.patches;
  const image = ops.reshape(whole, [-1, 1, imageSize, imageSize]);
  const map = ops.conv2d(image, weight, bias, { stride: [patchSize, patchSize], padding: [0, 0] });
  const count = (imageSize / patchSize) ** 2;
  let tokens = ops.transpose(ops.reshape(map, [-1, embedDim, count]), [0, 2, 1]); // [B, N, D]
  if (weights.fusion) {
    const parts = { whole: tokens, crops: channel(1, 4), longer: inputs.is_longer! };
    tokens = fuse(ops, weights.fusion, parts, config);
  }
  tokens = layerNorm(ops, weights.patchNorm, tokens, normEpsilon);
  show('patches', tokens);
  weights.stages.forEach((each, index) => {
    const seen = (block: number, tokens: T) => show(`hidden.${index}.${block}`, tokens);
    tokens = stage(ops, each, tokens, { index, config, seen });
  });
  tokens = layerNorm(ops, weights.norm, tokens, normEpsilon);
  show('tokens', tokens);
  const pooled = ops.mean(tokens, 1); // [B, D]
  return { embedding: project(ops, weights.projection, pooled, projectionDim), pooled, ...shown };
}

/** Stretches of time above one another, each with its lowest band on top: [..., frames, melBins] → [·, imageSize, imageSize]. */
function layOut<T>(
  ops: Ops<T>,
  { bands, resize }: Resolved<ClapParameters, T>,
  decibels: T,
  config: ClapConfig,
): T {
  const { melBins, imageSize } = config;
  const normalized = ops.add(ops.multiply(decibels, bands.factor), bands.shift);
  const clips = ops.reshape(normalized, [-1, frameCount(config), melBins]);
  const spectrogram = ops.transpose(clips, [0, 2, 1]); // [·, melBins, frames]
  const wide = resize === undefined ? spectrogram : ops.linear(spectrogram, resize); // [·, melBins, columns]
  const striped = ops.reshape(wide, [-1, melBins, stripes(config), imageSize]);
  return ops.reshape(ops.transpose(striped, [0, 2, 1, 3]), [-1, imageSize, imageSize]);
}
