// How a fused CLAP joins what it hears of long sound as a whole with three crops of it (attentional feature fusion,
// Dai et al. 2021, with the channels last).

import type { Ops, Resolved } from '@audiozoo/core';
import { parameter } from '@audiozoo/core/plugin';
import { pairParameters, sigmoid } from './attention.js';
import type { ClapConfig } from './config.js';
import { constant, linear, relu } from './layers.js';

const batchNormEpsilon = 1e-5;

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
    pair: pairParameters(`${fusion}.pair`),
  };
}

const cropColumns = ({ imageSize, patchSize }: ClapConfig) => Math.floor(imageSize / (cropWidth * patchSize));

/** A convolution of 1 × 1 and the batch norm behind it, as one linear layer. */
function foldedParameters(branch: string, place: number, outDim: number, inDim: number) {
  const weight = parameter(`${branch}.${place}.weight`, [outDim, inDim, 1, 1]);
  const bias = parameter(`${branch}.${place}.bias`, [outDim]);
  const [gain, shift, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
    parameter(`${branch}.${place + 1}.${part}`, [outDim]),
  );
  const factor = (gain: Float32Array, variance: Float32Array, channel: number) =>
    gain[channel]! / Math.sqrt(variance[channel]! + batchNormEpsilon);
  return {
    weight: parameter(`${branch}.${place}.folded.weight`, [outDim, inDim], {
      derived: {
        from: [weight, gain!, variance!],
        compute: ([weight, gain, variance]) =>
          weight!.map((value, index) => value * factor(gain!, variance!, Math.floor(index / inDim))),
      },
    }),
    bias: parameter(`${branch}.${place}.folded.bias`, [outDim], {
      derived: {
        from: [bias, gain!, variance!, mean!, shift!],
        compute: ([bias, gain, variance, mean, shift]) =>
          bias!.map((value, at) => (value - mean![at]!) * factor(gain!, variance!, at) + shift![at]!),
      },
    }),
  };
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
  const cut = ops.patches(ops.reshape(crops, [-1, imageSize, imageSize]), { size, stride: size });
  const kernel = ops.reshape(weights.crops.weight, [embedDim, size[0] * size[1]]);
  const patches = ops.linear(cut, kernel, weights.crops.bias); // [B · 3, side · columns, D]
  const apart = ops.reshape(patches, [-1, 3, side, columns, embedDim]);
  const beside = ops.reshape(ops.transpose(apart, [0, 2, 1, 3, 4]), [-1, side, 3 * columns, embedDim]);
  const filled = ops.concat([beside, ops.expandBatch(weights.silence, beside)], 2);
  const local = ops.reshape(filled, [-1, side * side, embedDim]); // [B, N, D]

  const sum = ops.add(whole, local);
  const branch = ({ first, second }: Fusion<T>['local'], x: T) =>
    linear(ops, second, relu(ops, linear(ops, first, x)));
  const mean = ops.reshape(ops.mean(sum, 1), [-1, 1, embedDim]);
  const scores = ops.add(branch(weights.local, sum), branch(weights.global, mean)); // [B, N, D]
  const count = side * side * embedDim;
  const gates = sigmoid(ops, weights.pair, ops.reshape(scores, [-1, count]), count);
  // 2xg + 2y(1 − g) = x + [2y − x + 2g(x − y)]
  const difference = ops.add(whole, ops.scale(local, -1));
  const gated = ops.multiply(ops.reshape(gates, [-1, side * side, embedDim]), ops.scale(difference, 2));
  const change = ops.add(gated, ops.add(ops.scale(local, 2), ops.scale(whole, -1)));
  return ops.add(whole, ops.multiply(change, ops.reshape(longer, [-1, 1, 1])));
}
