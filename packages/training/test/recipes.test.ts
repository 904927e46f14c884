import { describe, expect, test } from 'vitest';
import { createLoss } from '../src/loss/loss.js';
import { createOptimizer } from '../src/optimizer/optimizer.js';
import { checkRecipe, type Recipe } from '../src/recipe/recipe.js';
import { recipes } from '../src/recipe/recipes.js';
import { learningRateAt } from '../src/recipe/schedule.js';

describe('the official recipes', () => {
  test.each(Object.entries(recipes))('%s is one that can be trained by', (_name, recipe) => {
    expect(() => checkRecipe(recipe)).not.toThrow();
    expect(() => createLoss(recipe.loss, 3)).not.toThrow();
    expect(() => createOptimizer(new Map([['w', 1]]), recipe.optimizer)).not.toThrow();
  });

  test.each<[keyof typeof recipes, number, number[]]>([
    ['audiosetFull', 1e-5, [1, 1, 0.5, 0.25, 0.125]],
    ['audiosetBalanced', 5e-5, [...Array(10).fill(1), ...Array(5).fill(0.5), ...Array(5).fill(0.25)]],
    ['esc50', 1e-5, [1, 1, 1, 1, 1, 0.85, 0.7225, 0.614125]],
    ['speechCommands', 2.5e-4, [1, 1, 1, 1, 1, 0.85, 0.7225]],
  ])('%s has the rates of its epochs', (name, first, factors) => {
    const { epochs } = recipes[name];
    const stepsPerEpoch = 2000;
    factors.forEach((factor, epoch) => {
      const step = (epoch + 1) * stepsPerEpoch - 1;
      expect(learningRateAt(recipes[name], { step, stepsPerEpoch, epochs })).toBeCloseTo(first * factor, 15);
    });
  });

  test('stretch and move no sound, and make none louder', () => {
    for (const { augmentation } of Object.values<Recipe>(recipes)) {
      expect(Object.keys(augmentation)).not.toContain('stretch');
      expect(Object.keys(augmentation)).not.toContain('shift');
      expect(Object.keys(augmentation)).not.toContain('gain');
    }
  });
});

test.each([
  [{ epochs: 0 }, 'expected a whole number from 1'],
  [{ selection: 'loss' }, 'expected mAP or accuracy'],
  [{ learningrate: 1 }, 'Did you mean `learningRate`'],
  [{ batchSize: undefined }, 'the recipe has no batchSize'],
  [{ averagedEpochs: [0, 5] }, 'expected two numbers from 1 to 25'],
  [{ averagedEpochs: [4, 3] }, 'averages other epochs than it has'],
  [{ averagedEpochs: [1, 26] }, 'averages other epochs than it has'],
  [{ averagedEpochs: [2] }, 'averages other epochs than it has'],
  [{ clipNorm: 0 }, 'has no such clipNorm'],
  [{ headFactor: -1 }, 'has no such headFactor'],
  [{ learningRateWithoutAudioset: -1 }, 'learningRateWithoutAudioset'],
  [{ schedule: { kind: 'never' } }, 'schedule.kind'],
  [{ augmentation: { masks: { frequency: 1.5, time: 2 } } }, 'a whole number from 0'],
])('a recipe with %o is refused', (change, message) => {
  expect(() => checkRecipe({ ...recipes.esc50, ...change } as Recipe)).toThrow(message);
});
