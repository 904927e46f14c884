// What is done to features, row-major [frames, columns].

import { createRandom, type Random, type RandomKey } from '../random/random.js';
import type { Augmentation } from './augmentation.js';
import { rolled } from './sound.js';

type Values<Name extends keyof Augmentation> = NonNullable<Augmentation[Name]>;

export interface FeatureSize {
  readonly frames: number;
  readonly columns: number;
}

/** A mask of columns and one of frames (SpecAugment: Park et al., 2019), in place, filled with `fill`. */
export function maskFeatures(
  data: Float32Array,
  { frames, columns }: FeatureSize,
  { frequency, time }: Values<'masks'>,
  key: RandomKey,
  fill: number,
): void {
  const ofColumns = drawMask(createRandom(key, 'frequencyMask'), columns, frequency);
  for (let start = ofColumns.start; start < frames * columns; start += columns) {
    data.fill(fill, start, start + ofColumns.width);
  }
  const ofFrames = drawMask(createRandom(key, 'timeMask'), frames, time);
  data.fill(fill, columns * ofFrames.start, columns * (ofFrames.start + ofFrames.width));
}

/**
 * As FrequencyMasking and TimeMasking of torchaudio draw them: w uniform below `most`, the start uniform below size − w, both then
 * rounded down, so that the widest mask is one less than `most`. Where an axis is shorter than `most`, theirs reach out of it;
 * ours are then drawn as if `most` were the axis.
 */
export function drawMask(random: Random, size: number, most: number): { start: number; width: number } {
  const width = random.uniform() * Math.min(most, size);
  const start = Math.floor(random.uniform() * (size - width));
  return { start, width: Math.floor(width) };
}

/** U[0, 1) · U[0, `most`) added to each number, in place: the second is the clip's. */
export function addNoise(data: Float32Array, most: number, key: RandomKey): void {
  const random = createRandom(key, 'noise');
  const loudness = most * random.uniform();
  for (let index = 0; index < data.length; index++) data[index]! += random.uniform() * loudness;
}

/** Frames moved around, in place: later by a whole number from −`back` to `ahead`, each as likely. */
export function rollFeatures(
  data: Float32Array,
  { columns }: FeatureSize,
  { back, ahead }: Values<'roll'>,
  key: RandomKey,
): void {
  const frames = createRandom(key, 'roll').below(back + ahead + 1) - back;
  data.set(rolled(data, frames * columns));
}

/**
 * Features played faster by a factor that is uniform on a logarithmic scale from `least` to `most`: frames in between are
 * interpolated. For features of a whole clip, before they are padded.
 */
export function stretchFeatures(
  data: Float32Array,
  { frames, columns }: FeatureSize,
  { least, most }: Values<'stretch'>,
  key: RandomKey,
): { data: Float32Array; frames: number } {
  const speed = least * (most / least) ** createRandom(key, 'stretch').uniform();
  const count = Math.ceil(frames / speed);
  const stretched = new Float32Array(count * columns);
  for (let frame = 0; frame < count; frame++) {
    const before = Math.min(Math.floor(frame * speed), frames - 1);
    const after = Math.min(before + 1, frames - 1);
    const part = frame * speed - before;
    for (let column = 0; column < columns; column++) {
      const [from, to] = [data[before * columns + column]!, data[after * columns + column]!];
      stretched[frame * columns + column] = from + (to - from) * part;
    }
  }
  return { data: stretched, frames: count };
}
