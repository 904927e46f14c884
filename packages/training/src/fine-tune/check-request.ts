// What can be told of a training's clips and recipe before any of them is heard.

import { AudiozooError } from '@audiozoo/core';
import { quoteName } from '@audiozoo/core/plugin';
import { createLoss } from '../loss/loss.js';
import { createOptimizer } from '../optimizer/optimizer.js';
import { createRandom } from '../random/random.js';
import { checkRecipe, type Recipe } from '../recipe/recipe.js';
import type { TrainingSet } from './clips/training-clip.js';
import type { FineTuneOptions } from './fine-tune-options.js';

export function checkNumbers({ seed = 0, maxBad = 0, train }: FineTuneOptions, recipe: Recipe): void {
  checkRecipe(recipe);
  createRandom({ seed }, 'order');
  createLoss(recipe.loss, train.labels.length);
  createOptimizer(new Map(), recipe.optimizer);
  if (maxBad >= 0) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'so many clips cannot be bad',
    expected: 'a number from 0',
    got: `${maxBad}`,
    option: 'maxBad',
  });
}

export function checkSets(train: TrainingSet, validation: TrainingSet | undefined): void {
  const names = ({ labels }: TrainingSet) => labels.map(({ name }) => name);
  const refuse = (what: string, option: string, got: string, expected: string) =>
    new AudiozooError({ code: 'argument', what, expected, got, option });
  if (train.clips.length === 0) throw nothingToTrain();
  if (new Set(names(train)).size < train.labels.length) {
    throw refuse('two classes have one name', 'train', names(train).join(', '), 'a name for each');
  }
  if (validation && JSON.stringify(names(validation)) !== JSON.stringify(names(train))) {
    const what = 'the validation clips have other classes';
    throw refuse(what, 'validation', names(validation).join(', '), names(train).join(', '));
  }
  if (validation?.clips.length === 0) throw nothingToJudgeBy();
  const count = train.labels.length;
  for (const [option, set] of Object.entries({ train, validation })) {
    const isPlace = (label: number) => Number.isInteger(label) && label >= 0 && label < count;
    const wrong = set?.clips.find(({ labels }) => labels.length === 0 || !labels.every(isPlace));
    if (!wrong) continue;
    const expected = `one or more places among the ${count} classes`;
    throw refuse(
      `${quoteName(wrong.name)} has no such labels`,
      option,
      wrong.labels.join(', ') || 'none',
      expected,
    );
  }
}

export function checkLoss({ loss }: Recipe, train: TrainingSet, validation: TrainingSet | undefined): void {
  const several = [train, validation]
    .flatMap((set) => set?.clips ?? [])
    .find(({ labels }) => labels.length > 1);
  if (loss.kind !== 'ce' || !several) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'the recipe takes each clip for one of the classes',
    expected: 'one label for each clip',
    got: `${several.labels.length} for ${quoteName(several.name)}`,
    hint: 'Take a recipe whose loss is `bce`, in which each label is heard by itself.',
    option: 'recipe.loss',
  });
}

export function nothingToJudgeBy(): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'there are no validation clips',
    hint: 'Leave them out, and the last epoch is the result.',
    option: 'validation',
  });
}

export function nothingToTrain(): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'there are no clips to train on',
    expected: 'some of each class',
    option: 'train',
  });
}
