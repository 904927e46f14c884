// EfficientAT (Schmid, Koutini, Widmer: "Efficient large-scale audio tagging via transformer-to-CNN knowledge
// distillation", ICASSP 2023, arXiv:2211.04772): MobileNetV3-Large over a mel spectrogram. frame_mn is the same network,
// strided in frequency alone, with an answer for every 40 ms.
//
// Weight names are the authors'. B = batch, C = channels of the last convolution.

import type { ModelParts, Ops, Resolved } from '@audiozoo/core';
import { batchNorm, foldBatchNorm, parameter } from '@audiozoo/core/plugin';
import { architecture, type Block, type Stride, stemStride } from './architecture.js';
import type { EfficientatConfig } from './config.js';

const featuresEpsilon = 1e-3;
const headEpsilon = 1e-5;
/** What a batch counts for in the statistics that are kept, while norms train. */
const momentum = 0.01;

/** What checkpoints hold besides: a counter of training. */
export const ignored = (name: string): boolean => /(^|\.)num_batches_tracked$/.test(name);

/** All weights, by what they are: names and shapes. */
export function parameters(config: EfficientatConfig) {
  const { stem, blocks, last } = architecture(config);
  return {
    stem: convolutionParameters('features.0', [stem, 1, 3, 3]),
    blocks: blocks.map(blockParameters),
    last: convolutionParameters('features.16', [last, blocks.at(-1)!.out, 1, 1]),
    head: headParameters(config),
  };
}

function blockParameters({ index, kernel, in: inputs, expanded, squeezed, out }: Block) {
  let next = 0;
  const name = () => `features.${index}.block.${next++}`;
  return {
    expand: expanded === inputs ? undefined : convolutionParameters(name(), [expanded, inputs, 1, 1]),
    depthwise: convolutionParameters(name(), [expanded, 1, kernel, kernel]),
    squeeze: squeezed === undefined ? undefined : squeezeParameters(name(), expanded, squeezed),
    project: convolutionParameters(name(), [out, expanded, 1, 1]),
  };
}

function squeezeParameters(name: string, channels: number, squeezed: number) {
  const layer = `${name}.conc_se_layers.0`;
  return {
    down: linearParameters(`${layer}.fc1`, squeezed, channels),
    up: linearParameters(`${layer}.fc2`, channels, squeezed),
  };
}

/** The mlp has a hidden layer; a convolution of one row and column before a mean is a linear layer behind it. */
function headParameters(config: EfficientatConfig) {
  const { last, hidden } = architecture(config);
  const classes = config.labels.length;
  const linear = (name: string) => linearParameters(name, classes, last, false);
  if (config.head === 'frames') {
    return {
      hidden: undefined,
      logits: linear('strong_head'),
      weak: config.weakHead ? linear('weak_head') : undefined,
    };
  }
  if (config.head === 'mlp') {
    return {
      hidden: linearParameters('classifier.2', hidden, last),
      logits: linearParameters('classifier.5', classes, hidden, false),
      weak: undefined,
    };
  }
  const weight = parameter('classifier.0.weight', [classes, last, 1, 1]);
  const norm = batchNorm('classifier.1', classes, headEpsilon);
  const logits = foldBatchNorm({ weight }, norm, [classes, last]);
  return { hidden: undefined, logits, weak: undefined };
}

/** A convolution without a bias, and the batch norm behind it. */
function convolutionParameters(name: string, shape: readonly number[]) {
  const norm = batchNorm(`${name}.1`, shape[0]!, featuresEpsilon, momentum);
  return foldBatchNorm({ weight: parameter(`${name}.0.weight`, shape) }, norm);
}

function linearParameters(name: string, outDim: number, inDim: number, quantizable = true) {
  return {
    weight: parameter(`${name}.weight`, [outDim, inDim], { quantizable }),
    bias: parameter(`${name}.bias`, [outDim]),
  };
}

export function parts(config: EfficientatConfig): ModelParts {
  const { blocks, last, head } = parameters(config);
  const { logits, weak } = head;
  return {
    ...{ blocks, behind: last, attention: [], classify },
    ...(weak ? { head: { hidden: undefined, logits: weak, weak: undefined }, alongTime: logits } : { head }),
  };
}

export type EfficientatParameters = ReturnType<typeof parameters>;
type Weights<T> = Resolved<EfficientatParameters, T>;

/** A matrix or kernels with a bias: of a linear layer, or of a convolution. */
interface Layer<T> {
  readonly weight: T;
  readonly bias: T;
}

/** Normalized features [B, frames, melBins] → logits [B, labels], embedding [B, C], and what outputs.ts has besides. */
export function build<T>(
  ops: Ops<T>,
  weights: Weights<T>,
  { input_values: spectrogram }: { readonly input_values: T },
  config: EfficientatConfig,
  asked: ReadonlySet<string> = new Set(),
): { logits: T; embedding: T } & Record<string, T> {
  const { blocks } = architecture(config);
  const image = ops.reshape(ops.transpose(spectrogram, [0, 2, 1]), [0, 1, config.melBins, -1]); // of any length

  const layers: Record<string, T> = {};
  const note = (layer: number, x: T): T => {
    if (asked.has(`features.${layer}`)) layers[`features.${layer}`] = x;
    return x;
  };
  let x = note(0, ops.hardswish(convolution(ops, weights.stem, image, { kernel: 3, stride: stemStride })));
  blocks.forEach((block, index) => {
    x = note(index + 1, invertedResidual(ops, weights.blocks[index]!, x, block));
  });
  x = note(16, ops.hardswish(convolution(ops, weights.last, x))); // [B, C, rows, columns]

  const columns = ops.mean(x, 2); // [B, C, columns]
  const embedding = ops.mean(columns, 2); // [B, C]
  const logits = classify(ops, weights.head, embedding); // [B, labels]
  if (config.variant === 'frame_mn') {
    const embeddings = ops.transpose(columns, [0, 2, 1]); // [B, steps, C]
    const frameLogits = linear(ops, weights.head.logits, embeddings); // [B, steps, labels]
    return { logits, embedding, frameLogits, embeddings, ...layers };
  }
  return { logits, embedding, ...layers };
}

/** Along time without a head for clips, the mean of the logits, which is the same head on the mean. */
function classify<T>(ops: Ops<T>, { hidden, logits, weak }: Weights<T>['head'], embedding: T): T {
  const read = hidden ? ops.hardswish(linear(ops, hidden, embedding)) : embedding;
  return linear(ops, weak ?? logits, read);
}

/** Widen, filter each channel, weigh channels, narrow; with a residual where nothing changes size. [B, in, rows, columns] → [B, out, …]. */
function invertedResidual<T>(
  ops: Ops<T>,
  { expand, depthwise, squeeze, project }: Weights<T>['blocks'][number],
  x: T,
  block: Block,
): T {
  const { kernel, stride, expanded } = block;
  const activate = (x: T) => (block.activation === 'relu' ? ops.relu(x) : ops.hardswish(x));
  const wide = expand ? activate(convolution(ops, expand, x)) : x; // [B, expanded, rows, columns]
  const filtered = activate(convolution(ops, depthwise, wide, { kernel, stride, groups: expanded }));
  const weighed = squeeze ? squeezeAndExcite(ops, squeeze, filtered, expanded) : filtered;
  const narrow = convolution(ops, project, weighed); // [B, out, rows, columns]
  const isResidual = stride[0] === 1 && stride[1] === 1 && block.in === block.out;
  return isResidual ? ops.add(x, narrow) : narrow;
}

/** Each channel times a share between 0 and 1 that is told from the means of all. */
function squeezeAndExcite<T>(
  ops: Ops<T>,
  { down, up }: { readonly down: Layer<T>; readonly up: Layer<T> },
  x: T,
  channels: number,
): T {
  const means = ops.mean(ops.mean(x, 3), 2); // [B, channels]
  const shares = ops.sigmoid(linear(ops, up, ops.relu(linear(ops, down, means)))); // [B, channels]
  return ops.multiply(x, ops.reshape(shares, [-1, channels, 1, 1]));
}

function convolution<T>(
  ops: Ops<T>,
  { weight, bias }: Layer<T>,
  x: T,
  {
    kernel = 1,
    stride = [1, 1],
    groups = 1,
  }: { readonly kernel?: number; readonly stride?: Stride; readonly groups?: number } = {},
): T {
  const padding = Math.floor(kernel / 2);
  return ops.conv2d(x, weight, bias, { stride, padding: [padding, padding], groups });
}

function linear<T>(ops: Ops<T>, { weight, bias }: Layer<T>, x: T): T {
  return ops.linear(x, weight, bias);
}
