import { describe, expect, test } from 'vitest';
import { augmentFeatures, augmentSound } from '../src/augment/augment.js';
import { type Augmentation, checkAugmentation } from '../src/augment/augmentation.js';
import { addNoise, drawMask, maskFeatures, rollFeatures, stretchFeatures } from '../src/augment/features.js';
import { drawMix, mixSounds, mixTargets } from '../src/augment/mixup.js';
import { changeGain, shiftSound } from '../src/augment/sound.js';
import { createRandom } from '../src/random/random.js';

/** Of a mean or a rate of so many draws: one false alarm in a billion, and none for these seeds. */
const standardErrors = 6;
const draws = 4000;
const keys = Array.from({ length: draws }, (_, clip) => ({ seed: 1, epoch: 2, clip }));

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

function expectMean(values: readonly number[], mean: number, variance: number): void {
  const error = Math.sqrt(variance / values.length);
  expect(Math.abs(meanOf(values) - mean)).toBeLessThan(standardErrors * error);
}

describe('mixup', () => {
  const mixup = { rate: 0.6, concentration: 10 };
  const mixes = keys.map((key) => drawMix(mixup, 50, key)).filter((mix) => mix !== undefined);

  test('happens at its rate, with λ of Beta(10, 10)', () => {
    expectMean(
      keys.map((_, index) => (index < mixes.length ? 1 : 0)),
      0.6,
      0.24,
    );
    const shares = mixes.map(({ share }) => share);
    const variance = 1 / 84;
    expectMean(shares, 0.5, variance);
    expectMean(
      shares.map((share) => (share - 0.5) ** 2),
      variance,
      2 * variance ** 2,
    );
  });

  test('has every clip as a partner, each as often', () => {
    const counts = Array<number>(50).fill(0);
    for (const { partner } of mixes) counts[partner]!++;
    const expected = mixes.length / 50;
    for (const count of counts) {
      expect(Math.abs(count - expected)).toBeLessThan(standardErrors * Math.sqrt(expected));
    }
  });

  test('never happens at rate 0 or where there is none, always at 1', () => {
    for (const key of keys.slice(0, 200)) {
      expect(drawMix({ ...mixup, rate: 0 }, 5, key)).toBeUndefined();
      expect(drawMix(undefined, 5, key)).toBeUndefined();
      expect(drawMix({ ...mixup, rate: 1 }, 5, key)).toBeDefined();
    }
  });

  test('takes the mean off each, cuts or fills the partner, and takes the mean off again', () => {
    const sound = Float32Array.of(1, 2, 3, 6);
    expect(mixSounds(sound, Float32Array.of(4, 0, 0, 0, 6), 0.25)).toEqual(
      Float32Array.of(1.75, -1, -0.75, 0),
    );
    expect(mixSounds(sound, Float32Array.of(4, 0), 0.25)).toEqual(Float32Array.of(1, -1.75, 0, 0.75));
    expect(mixSounds(sound, new Float32Array(0), 1)).toEqual(Float32Array.of(-2, -1, 0, 3));
    expect(sound).toEqual(Float32Array.of(1, 2, 3, 6));
  });

  test('gives labels their parts, and all of it to one that both have', () => {
    expect(mixTargets(Float32Array.of(1, 0, 1, 0), Float32Array.of(0, 1, 1, 0), 0.75)).toEqual(
      Float32Array.of(0.75, 0.25, 1, 0),
    );
  });
});

describe('masks', () => {
  test.each([
    [128, 48],
    [1024, 192],
    [98, 96],
    [5, 5],
  ])('of an axis of %i have widths from 0 to %i − 1 as torchaudio, and lie inside', (size, most) => {
    const masks = keys.map((key) => drawMask(createRandom(key, 'timeMask'), size, most));
    const widths = masks.map(({ width }) => width);
    expectMean(widths, (most - 1) / 2, (most ** 2 - 1) / 12);
    expect(Math.min(...widths)).toBe(0);
    expect(Math.max(...widths)).toBe(most - 1);
    expect(Math.min(...masks.map(({ start }) => start))).toBe(0);
    for (const { start, width } of masks) expect(start + width).toBeLessThanOrEqual(size);
    expect(Math.max(...masks.map(({ start, width }) => start + width))).toBeGreaterThanOrEqual(size - 1);
    // E floor(U · (size − w)), w uniform below most
    expectMean(
      masks.map(({ start }) => start),
      (size - most / 2) / 2 - 0.5,
      size ** 2 / 12 + most ** 2 / 144,
    );
  });

  test('that are wider than an axis stay inside it', () => {
    for (const key of keys.slice(0, 1000)) {
      const { start, width } = drawMask(createRandom(key, 'timeMask'), 20, 192);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start + width).toBeLessThanOrEqual(20);
    }
  });

  test('are one block of columns and one of frames, filled, all else as it was', () => {
    const size = { frames: 30, columns: 16 };
    let masked = 0;
    for (const key of keys.slice(0, 300)) {
      const data = Float32Array.from({ length: 480 }, (_, index) => index + 1);
      maskFeatures(data, size, { frequency: 8, time: 12 }, key, -7);
      const columns = drawMask(createRandom(key, 'frequencyMask'), 16, 8);
      const frames = drawMask(createRandom(key, 'timeMask'), 30, 12);
      const inside = (at: number, { start, width }: { start: number; width: number }) =>
        at >= start && at < start + width;
      data.forEach((value, index) => {
        const isMasked = inside(index % 16, columns) || inside(Math.floor(index / 16), frames);
        if (value !== (isMasked ? -7 : index + 1)) throw new Error(`${index} holds ${value}`);
        if (isMasked) masked++;
      });
    }
    expect(masked).toBeGreaterThan(0);
  });

  test('of width 0 change nothing', () => {
    const data = Float32Array.of(1, 2, 3, 4);
    maskFeatures(data, { frames: 2, columns: 2 }, { frequency: 0, time: 0 }, keys[0]!, 0);
    expect(data).toEqual(Float32Array.of(1, 2, 3, 4));
  });
});

describe('noise and roll', () => {
  test('add numbers between 0 and what the clip has in common, U[0, 1) · U[0, 1) / 10', () => {
    const means = keys.slice(0, 1500).map((key) => {
      const data = new Float32Array(64);
      addNoise(data, 0.1, key);
      expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...data)).toBeLessThan(0.1);
      return meanOf(data);
    });
    expectMean(means, 0.025, 0.1 ** 2 / 48 + 0.1 ** 2 / 12 / 3 / 64);
    // Loudness differs from clip to clip: without that the means would hardly differ.
    expect(Math.max(...means)).toBeGreaterThan(0.04);
    expect(Math.min(...means)).toBeLessThan(0.005);
  });

  test('roll by −10 to 9 frames, each as often, whole frames around', () => {
    const counts = new Map<number, number>();
    for (const key of keys) {
      const data = Float32Array.from({ length: 60 }, (_, index) => index); // 30 frames of 2
      rollFeatures(data, { frames: 30, columns: 2 }, { back: 10, ahead: 9 }, key);
      const at = data.indexOf(0);
      const by = at / 2 > 15 ? at / 2 - 30 : at / 2;
      counts.set(by, (counts.get(by) ?? 0) + 1);
      data.forEach((value, index) => {
        if (value !== (((index - at) % 60) + 60) % 60) throw new Error(`${index} holds ${value}`);
      });
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i - 10));
    const expected = draws / 20;
    for (const count of counts.values()) {
      expect(Math.abs(count - expected)).toBeLessThan(standardErrors * Math.sqrt(expected));
    }
  });

  test('roll fewer frames than they may be moved by', () => {
    const data = Float32Array.of(1, 2, 3);
    rollFeatures(data, { frames: 3, columns: 1 }, { back: 10, ahead: 9 }, keys[5]!);
    expect([...data].sort()).toEqual([1, 2, 3]);
  });
});

describe('sound', () => {
  test('gets louder and softer by decibels alike, and never by more', () => {
    const decibels = keys.map((key) => 20 * Math.log10(changeGain(Float32Array.of(1), 6, key)[0]!));
    expectMean(decibels, 0, 12 ** 2 / 12);
    expectMean(
      decibels.map((value) => value ** 2),
      12,
      6 ** 4 * (1 / 5 - 1 / 9),
    );
    expect(Math.max(...decibels.map(Math.abs))).toBeLessThan(6.00001);
    expect(changeGain(Float32Array.of(1, -2), 0, keys[0]!)).toEqual(Float32Array.of(1, -2));
  });

  test('is moved by every number of samples either way, around, and loses none', () => {
    const found = new Map<number, number>();
    for (const key of keys) {
      const moved = shiftSound(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), 2, key);
      const at = moved.indexOf(1);
      found.set(at, (found.get(at) ?? 0) + 1);
      expect([...moved.subarray(at), ...moved.subarray(0, at)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    }
    expect([...found.keys()].sort()).toEqual([0, 1, 2, 6, 7]);
    for (const count of found.values()) {
      expect(Math.abs(count - draws / 5)).toBeLessThan(standardErrors * Math.sqrt(draws / 5));
    }
    expect(shiftSound(new Float32Array(0), 5, keys[0]!)).toHaveLength(0);
  });
});

describe('stretching', () => {
  const size = { frames: 10, columns: 2 };
  const ramp = Float32Array.from({ length: 20 }, (_, index) => Math.floor(index / 2) + 100 * (index % 2));

  test('plays frames faster or slower, in between them in a straight line', () => {
    const slow = stretchFeatures(ramp, size, { least: 0.5, most: 0.5 }, keys[0]!);
    expect(slow.frames).toBe(20);
    expect([...slow.data.subarray(0, 8)]).toEqual([0, 100, 0.5, 100.5, 1, 101, 1.5, 101.5]);
    expect([...slow.data.subarray(36)]).toEqual([9, 109, 9, 109]);
    const fast = stretchFeatures(ramp, size, { least: 2, most: 2 }, keys[0]!);
    expect([...fast.data]).toEqual([0, 100, 2, 102, 4, 104, 6, 106, 8, 108]);
    const same = stretchFeatures(ramp, size, { least: 1, most: 1 }, keys[0]!);
    expect(same.data).toEqual(ramp);
  });

  test('is as often faster as slower, and inside its bounds', () => {
    const many = new Float32Array(1000);
    const speeds = keys.slice(0, 500).map((key) => {
      const { frames } = stretchFeatures(many, { frames: 1000, columns: 1 }, { least: 0.8, most: 1.25 }, key);
      return Math.log(1000 / frames);
    });
    expectMean(speeds, 0, (2 * Math.log(1.25)) ** 2 / 12);
    expect(Math.max(...speeds)).toBeLessThanOrEqual(Math.log(1.25));
    expect(Math.min(...speeds)).toBeGreaterThanOrEqual(Math.log(0.799));
  });
});

describe('augmentations of one clip', () => {
  const size = { frames: 40, columns: 8 };
  const everything: Augmentation = {
    gain: { decibels: 6 },
    shift: { seconds: 0.1 },
    masks: { frequency: 4, time: 10 },
    noise: { most: 0.1 },
    roll: { back: 10, ahead: 9 },
  };
  const features = (augmentation: Augmentation, key = keys[3]!) => {
    const data = new Float32Array(320).fill(5);
    augmentFeatures(data, size, augmentation, key, -1);
    return data;
  };

  test('are the same for the same key, and others in another epoch', () => {
    expect(features(everything)).toEqual(features(everything));
    expect(features(everything)).not.toEqual(features(everything, { ...keys[3]!, epoch: 3 }));
    const sound = Float32Array.from({ length: 100 }, (_, index) => index);
    const heard = (key = keys[3]!) => augmentSound(sound, 100, everything, key);
    expect(heard()).toEqual(heard());
    expect(heard()).not.toEqual(heard(keys[4]!));
    expect(sound[7]).toBe(7);
  });

  test('do not change what others draw', () => {
    const { masks, noise } = everything;
    const both = features({ masks, noise });
    const masked = features({ masks });
    const noisy = new Float32Array(masked);
    addNoise(noisy, 0.1, keys[3]!);
    expect(both).toEqual(noisy);
    expect(new Set(masked)).toEqual(new Set([5, -1]));
  });

  test('do nothing where nothing is named', () => {
    expect(features({})).toEqual(new Float32Array(320).fill(5));
    const sound = Float32Array.of(1, 2);
    expect(augmentSound(sound, 100, {}, keys[0]!)).toBe(sound);
  });

  test.each([
    [{ masks: { frequency: 48 } }, 'augmentation makes no sense'],
    [{ mixup: { rate: 1.5, concentration: 10 } }, 'expected a number from 0 to 1, got 1.5'],
    [{ mixup: { rate: 0.5, concentration: 0 } }, 'mixup.concentration'],
    [{ roll: { back: 10, ahead: 0.5 } }, 'expected a whole number'],
    [{ stretch: { least: 1.2, most: 0.9 } }, 'expected a number up to 0.9'],
    [{ stretch: { least: 0.001, most: 1 } }, 'expected a number from 0.25 to 4'],
    [{ gain: 6 }, 'expected an object'],
    [{ gain: { decibel: 6 } }, 'Did you mean `decibels`'],
    [{ mask: {} }, 'Did you mean `masks`'],
  ])('%o is refused', (augmentation, message) => {
    expect(() => checkAugmentation(augmentation as unknown as Augmentation)).toThrow(message);
  });
});
