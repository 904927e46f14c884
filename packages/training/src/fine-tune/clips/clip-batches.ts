// Clips of an epoch → batches: mixed, augmented, made into inputs. A function of (seed, epoch, place), whatever was drawn before.

import { type AnyModel, AudiozooError, type FrontEnd, type Tensor, tensor } from '@audiozoo/core';
import { augmentFeatures, augmentSound } from '../../augment/augment.js';
import type { Augmentation } from '../../augment/augmentation.js';
import { stretchFeatures } from '../../augment/features.js';
import { drawMix, mixSounds, mixTargets } from '../../augment/mixup.js';
import type { RandomKey } from '../../random/random.js';
import type { Batch } from '../../trainer/trainer.js';
import { type KeptClip, spectrogramShape } from './survey.js';
import type { TrainingClip } from './training-clip.js';

/** A clip of an epoch. */
export interface DrawnClip {
  /** Its place in the data set. */
  readonly clip: number;
  /** Its place in the epoch, in which clips may come more than once. */
  readonly at: number;
}

/** One of them. */
interface Heard {
  readonly sound?: Float32Array;
  readonly features?: Tensor<'float32'>;
}

export interface ClipBatches {
  /** Inputs and targets as an epoch, counted from 0, hears these clips. */
  batch(drawn: readonly DrawnClip[], epoch: number, signal?: AbortSignal): Promise<Batch>;
}

export interface ClipBatchesOptions {
  readonly model: AnyModel;
  readonly config: unknown;
  /** Where their features are kept, sound is mixed, moved and made louder no more. */
  readonly clips: readonly KeptClip[];
  readonly labels: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
}

export function clipBatches({
  model,
  config,
  clips,
  labels,
  augmentation,
  seed,
}: ClipBatchesOptions): ClipBatches {
  const frontEnd = model.frontEnd(config);
  const { sampleRate, maxSamples, fromFeatures } = frontEnd;
  const { stretch } = augmentation;
  const size = spectrogramShape(model, config);
  const zero = size && fromFeatures ? inputOfZero(frontEnd, size[1]) : 0;

  return {
    async batch(drawn, epoch, signal) {
      const heard = await Promise.all(drawn.map((each) => hear(each, epoch, signal)));
      const inputs = inputsOf(heard, drawn, epoch);
      const targets = new Float32Array(drawn.length * labels);
      heard.forEach(({ target }, row) => {
        targets.set(target, row * labels);
      });
      return { inputs, targets: tensor('float32', [drawn.length, labels], targets) };
    },
  };

  /** A clip's sound, and what is to be heard in it. */
  async function hear(
    { clip, at }: DrawnClip,
    epoch: number,
    signal: AbortSignal | undefined,
  ): Promise<Heard & { readonly target: Float32Array }> {
    const target = targetOf(clips[clip]!, labels);
    const features = await clips[clip]!.features?.();
    if (features) return { features, target };
    const key = { seed, epoch, clip: at };
    const load = async (place: number) =>
      (await clips[place]!.sound(sampleRate, { maxSamples, signal })).subarray(0, maxSamples);
    const mix = drawMix(augmentation.mixup, clips.length, key);
    const own = await load(clip);
    if (!mix) return { sound: augmentSound(own, sampleRate, augmentation, key), target };
    const { partner, share } = mix;
    const sound = mixSounds(own, await load(partner), share);
    return {
      sound: augmentSound(sound, sampleRate, augmentation, key),
      target: mixTargets(target, targetOf(clips[partner]!, labels), share),
    };
  }

  function inputsOf(
    heard: readonly Heard[],
    drawn: readonly DrawnClip[],
    epoch: number,
  ): Record<string, Tensor<'float32'>> {
    const keyOf = ({ at }: DrawnClip) => ({ seed, epoch, clip: at });
    const ofFeatures = ({ sound, features = frontEnd.features(sound!) }: Heard, row: number) =>
      stretch ? stretched(features, stretch, keyOf(drawn[row]!)) : features;
    const inputs =
      stretch || heard.every(({ features }) => features)
        ? fromFeatures!(heard.map(ofFeatures))
        : frontEnd.inputs(heard.map(({ sound }) => sound!));
    if (!size) return inputs;
    const [frames, columns] = size;
    const { data } = Object.values(inputs)[0]!;
    drawn.forEach((each, row) => {
      const features = data.subarray(row * frames * columns, (row + 1) * frames * columns);
      augmentFeatures(features, { frames, columns }, augmentation, keyOf(each), zero);
    });
    return inputs;
  }

  function stretched(
    { data, shape }: Tensor<'float32'>,
    how: NonNullable<Augmentation['stretch']>,
    key: RandomKey,
  ): Tensor<'float32'> {
    const [frames, columns] = shape as [number, number];
    const changed = stretchFeatures(data, { frames, columns }, how, key);
    return tensor('float32', [changed.frames, columns], changed.data);
  }
}

/** What can be kept of clips that the same is heard: features where sound is left alone, else sound. */
export function keptOf({ key, fromFeatures }: FrontEnd, augmentation: Augmentation): 'sound' | 'features' {
  const { mixup, gain, shift } = augmentation;
  return key !== undefined && fromFeatures && !(mixup || gain || shift) ? 'features' : 'sound';
}

/** Throws an `argument` error on augmentations that the model's inputs cannot take. */
export function checkAugmentable(model: AnyModel, config: unknown, augmentation: Augmentation): void {
  const { stretch, masks, noise, roll } = augmentation;
  const size = spectrogramShape(model, config);
  if (!size && (masks || noise || roll)) throw cannotTake(model, 'masks, noise and roll');
  if (stretch && !(size && model.frontEnd(config).fromFeatures)) throw cannotTake(model, 'stretch');
}

/** 1 where a clip has a label. */
export function targetOf({ labels }: Pick<TrainingClip, 'labels'>, count: number): Float32Array {
  const target = new Float32Array(count);
  for (const label of labels) target[label] = 1;
  return target;
}

/** What normalizing makes of a feature of 0, which masks hold. */
function inputOfZero({ fromFeatures }: FrontEnd, columns: number): number {
  const nothing = tensor('float32', [1, columns], new Float32Array(columns));
  return Object.values(fromFeatures!([nothing]))[0]!.data[0]!;
}

function cannotTake(model: AnyModel, what: string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `the inputs of ${model.type} cannot take ${what}`,
    expected: 'augmentations of sound: mixup, gain, shift',
    option: 'recipe.augmentation',
  });
}
