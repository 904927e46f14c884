import { describe, expect, test } from 'vitest';
import { crossValidation, stratifiedFolds, stratifiedSplit } from '../src/data/folds.js';

describe('cross-validation', () => {
  const clips = [2, 1, 3, 1, 2].map((fold, place) => ({ file: `${place}.wav`, fold }));

  test('judges each fold by a model of all the others', () => {
    expect(crossValidation(clips)).toEqual([
      { fold: 1, training: [0, 2, 4], validation: [1, 3] },
      { fold: 2, training: [1, 2, 3], validation: [0, 4] },
      { fold: 3, training: [0, 1, 3, 4], validation: [2] },
    ]);
  });

  test('is refused where clips have no folds, or one', () => {
    expect(() => crossValidation([...clips, { file: 'x.wav' }])).toThrow('got none for x.wav');
    expect(() => crossValidation([{ file: 'a', fold: 1 }])).toThrow('too few folds');
  });
});

describe('stratified', () => {
  // Three labels of 40, 20 and 10 clips; every clip of the last has the first as well.
  const clips = Array.from({ length: 70 }, (_, place) => ({
    file: `${place}.wav`,
    labels: place < 40 ? [0] : place < 60 ? [1] : [0, 2],
  }));
  const countsOf = (parts: readonly number[], part: number) =>
    [0, 1, 2].map(
      (label) => clips.filter(({ labels }, place) => parts[place] === part && labels.includes(label)).length,
    );

  test('folds have of each label as many', () => {
    const folds = stratifiedFolds(clips, 5, 1);
    for (const fold of [1, 2, 3, 4, 5]) expect(countsOf(folds, fold)).toEqual([10, 4, 2]);
    expect(stratifiedFolds(clips, 5, 1)).toEqual(folds);
    expect(stratifiedFolds(clips, 5, 2)).not.toEqual(folds);
  });

  test('folds differ by one where labels do not divide', () => {
    const odd = Array.from({ length: 32 }, (_, place) => ({ file: `${place}`, labels: [place % 4] }));
    const folds = stratifiedFolds(odd, 3, 7);
    const sizes = [1, 2, 3].map((fold) => folds.filter((each) => each === fold).length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    for (const label of [0, 1, 2, 3]) {
      const counts = [1, 2, 3].map(
        (fold) => folds.filter((each, at) => each === fold && at % 4 === label).length,
      );
      expect(Math.max(...counts) - Math.min(...counts)).toBe(1);
    }
  });

  test('splits keep a share of each label, and lose no clip', () => {
    const { training, validation } = stratifiedSplit(clips, 0.2, 1);
    expect([...training, ...validation].sort((a, b) => a - b)).toEqual(clips.map((_, place) => place));
    const parts = clips.map((_, place) => (validation.includes(place) ? 1 : 0));
    expect(countsOf(parts, 1)).toEqual([10, 4, 2]);
    expect(stratifiedSplit(clips, 0.2, 2).validation).not.toEqual(validation);
  });

  test('parts of one file stay together', () => {
    const parts = Array.from({ length: 60 }, (_, place) => ({
      file: `${Math.floor(place / 3)}.wav`,
      labels: [place % 3],
    }));
    const folds = stratifiedFolds(parts, 4, 3);
    for (let place = 0; place < 60; place += 3) {
      expect(new Set(folds.slice(place, place + 3)).size).toBe(1);
    }
    expect(new Set(folds).size).toBe(4);
  });

  test('a label of one clip is trained on', () => {
    const { training } = stratifiedSplit([...clips, { file: 'rare.wav', labels: [3] }], 0.2, 1);
    expect(training).toContain(70);
  });

  test.each([0, 1, -0.1, Number.NaN])('a share of %d is refused', (share) => {
    expect(() => stratifiedSplit(clips, share, 1)).toThrow('expected a share between 0 and 1');
  });

  test.each([1, 2.5, 1e6])('%d folds are refused', (folds) => {
    expect(() => stratifiedFolds(clips, folds, 1)).toThrow('expected from 2 to 1000 folds');
  });
});
