// What an EfficientAT can be asked to show.

import type { OutputSpecification } from '@audiozoo/core';
import { architecture, stemStride, strided } from './architecture.js';
import type { EfficientatConfig } from './config.js';

/**
 * Outputs and their shapes after the batch. C is the channels of the last convolution; steps are as long as four frames,
 * the last one perhaps shorter.
 *
 * | name | shape | |
 * |---|---|---|
 * | `logits` | [labels] | before the sigmoid or softmax; of frame_mn, what is in the clip |
 * | `embedding` | [C] | mean over frequency and time of what the last convolution gives |
 * | `frameLogits` | [steps, labels] | frame_mn: every 40 ms, before the sigmoid |
 * | `embeddings` | [steps, C] | frame_mn: what `frameLogits` are told from |
 * | `features.3` | [channels, rows, columns] | on request: behind a layer, as the authors count them from 0 to 16 |
 */
export function outputs(config: EfficientatConfig): Readonly<Record<string, OutputSpecification>> {
  const { labels, variant, hopLength, sampleRate } = config;
  const { last } = architecture(config);
  const layers = layerShapes(config);
  const steps = layers.at(-1)![2]!;
  const secondsPerStep = (stepFrames * hopLength) / sampleRate;
  return {
    logits: { shape: [labels.length] },
    embedding: { shape: [last] },
    ...(variant === 'frame_mn' && {
      frameLogits: { shape: [steps, labels.length], secondsPerStep },
      embeddings: { shape: [steps, last], secondsPerStep },
    }),
    ...Object.fromEntries(layers.map((shape, layer) => [`features.${layer}`, { shape, onRequest: true }])),
  };
}

const stepFrames = 4;

/** [channels, rows, columns] behind each layer. */
export function layerShapes(config: EfficientatConfig): readonly (readonly number[])[] {
  const { stem, blocks, last } = architecture(config);
  let [rows, columns] = [config.melBins, config.frames];
  const layer = (channels: number, [frequency, time]: readonly [number, number]) => {
    [rows, columns] = [strided(rows, frequency), strided(columns, time)];
    return [channels, rows, columns];
  };
  return [
    layer(stem, stemStride),
    ...blocks.map(({ out, stride }) => layer(out, stride)),
    layer(last, [1, 1]),
  ];
}
