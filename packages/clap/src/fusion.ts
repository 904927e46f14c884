// How a fused CLAP joins what it hears of long sound as a whole with three crops of it (attentional feature fusion,
// Dai et al. 2021, with the channels last).

import type { Ops, Resolved } from '@audiozoo/core';
import { batchNorm, foldBatchNorm, parameter } from '@audiozoo/core/plugin';
import type { ClapConfig } from './config.js';
import { batchNormEpsilon, constant, linear } from './layers.js';

/** Patches of a crop are so many times wider. */
const cropWidth = 3;

export function fusionParameters(name: string, config: ClapConfig) {
  const { embedDim, patchSize, fusionReduction, imageSize } = config;
  const inner = Math.floor(embedDim / fusionReduction);
  const fusion = `${name}.fusion_model`;
  const side = imageSize / patchSize;
  return {
    crops: {
      weight: parameter(`${name}.mel_conv2d.weight`, [embedDim, 1, patchSize, cropWidth * patchSize]),
      bias: parameter(`${name}.mel_conv2d.bias`, [embedDim]),
    },
    silence: constant(`${name}.silence`, [1, side, side - 3 * cropColumns(config), embedDim], () => 0),
    local: {
      first: foldedParameters(`${fusion}.local_att`, 0, inner, embedDim),
      second: foldedParameters(`${fusion}.local_att`, 3, embedDim, inner),
    },
    global: {
      first: foldedParameters(`${fusion}.global_att`, 1, inner, embedDim),
      second: foldedParameters(`${fusion}.global_att`, 4, embedDim, inner),
    },
  };
}

const cropColumns = ({ imageSize, patchSize }: ClapConfig) => Math.floor(imageSize / (cropWidth * patchSize));

/** A convolution of 1 × 1 and the batch norm behind it, as one linear layer. */
function foldedParameters(branch: string, place: number, outDim: number, inDim: number) {
  const weight = parameter(`${branch}.${place}.weight`, [outDim, inDim, 1, 1]);
  const bias = parameter(`${branch}.${place}.bias`, [outDim]);
  const norm = batchNorm(`${branch}.${place + 1}`, outDim, batchNormEpsilon);
  return foldBatchNorm({ weight, bias }, norm, [outDim, inDim]);
}

type Fusion<T> = Resolved<ReturnType<typeof fusionParameters>, T>;

/** The whole's patches [B, N, D] with those of the crops' images [B, 3, side, side], where `longer` [B, 1] is 1. */
export function fuse<T>(
  ops: Ops<T>,
  weights: Fusion<T>,
  { whole, crops, longer }: { readonly whole: T; readonly crops: T; readonly longer: T },
  config: ClapConfig,
): T {
  const { embedDim, imageSize, patchSize } = config;
  const side = imageSize / patchSize;
  const columns = cropColumns(config);
  const size: [number, number] = [patchSize, cropWidth * patchSize];
  const { weight, bias } = weights.crops;
  const images = ops.reshape(crops, [-1, 1, imageSize, imageSize]); // [B · 3, 1, ...]
  const patches = ops.conv2d(images, weight, bias, { stride: size, padding: [0, 0] });
  const apart = ops.reshape(patches, [-1, 3, embedDim, side, columns]);
  const beside = ops.reshape(ops.transpose(apart, [0, 3, 1, 4, 2]), [-1, side, 3 * columns, embedDim]);
  const filled = ops.concat([beside, ops.expandBatch(weights.silence, beside)], 2);
  const local = ops.reshape(filled, [-1, side * side, embedDim]); // [B, N, D]

  const sum = ops.add(whole, local);
  const branch = ({ first, second }: Fusion<T>['local'], x: T) =>
    linear(ops, second, ops.relu(linear(ops, first, x)));
  const mean = ops.reshape(ops.mean(sum, 1), [-1, 1, embedDim]);
  const scores = ops.add(branch(weights.local, sum), branch(weights.global, mean)); // [B, N, D]
  // With g = sigmoid(s): 2xg + 2y(1 − g) = x + [y + tanh(s / 2)(x − y)]
  const difference = ops.add(whole, ops.scale(local, -1));
  const change = ops.add(local, ops.multiply(ops.tanh(ops.scale(scores, 0.5)), difference));
  return ops.add(whole, ops.multiply(change, ops.reshape(longer, [-1, 1, 1])));
}
