// The recipe that flags ask for: one by its name or from a file, with what a person says in place of what it says.

import { AudiozooError, type Json } from '@audiozoo/core';
import { readTextFile } from '@audiozoo/core/disk';
import { isJsonObject } from '@audiozoo/core/plugin';
import {
  checkRecipe,
  type Recipe,
  recipes,
  type Trainable,
  type TrainingSet,
  usualRecipe,
} from '@audiozoo/training';
import { InvalidArgumentError } from 'commander';

/** What is said in place of the recipe's. */
export interface RecipeFlags {
  readonly recipe?: string | undefined;
  readonly epochs?: number | undefined;
  readonly batch?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly frames?: number | undefined;
  readonly patience?: number | undefined;
  readonly batchNorms?: Recipe['batchNorms'];
}

/** By the names that people type: `audioset-full`. */
const byName: ReadonlyMap<string, Recipe> = new Map(
  Object.entries(recipes).map(([name, recipe]) => [
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    recipe,
  ]),
);

export const recipeNames = [...byName.keys()];

/** More would be no recipe. */
const maxBytes = 100_000;

/** The recipe, checked; without flags what the library takes by itself. */
export async function chooseRecipe(
  flags: RecipeFlags,
  trainable: Trainable,
  train: TrainingSet,
): Promise<Recipe> {
  const { recipe: name, epochs, batch, learningRate, frames, patience, batchNorms } = flags;
  const base =
    name === undefined ? usualRecipe(trainable, train) : (byName.get(name) ?? (await readRecipe(name)));
  const { learningRateWithoutAudioset, averagedEpochs, ...rest } = base;
  const recipe: Recipe = {
    ...rest,
    // One rate is one for all weights.
    ...(learningRate === undefined ? { learningRateWithoutAudioset } : { learningRate }),
    ...(averagedEpochs && {
      averagedEpochs: [averagedEpochs[0], Math.min(averagedEpochs[1], epochs ?? Infinity)],
    }),
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batchSize: batch }),
    ...(frames !== undefined && { frames }),
    ...(patience !== undefined && { patience }),
    ...(batchNorms !== undefined && { batchNorms }),
  };
  checkRecipe(recipe);
  return recipe;
}

async function readRecipe(path: string): Promise<Recipe> {
  if (!path.toLowerCase().endsWith('.json')) {
    throw new AudiozooError({
      code: 'argument',
      what: `there is no recipe ${JSON.stringify(path)}`,
      expected: `${recipeNames.join(', ')}, or a file, NAME.json`,
      option: 'recipe',
    });
  }
  const text = await readTextFile(path, maxBytes, 'is no recipe');
  try {
    const json: Json = JSON.parse(text);
    if (isJsonObject(json)) return json as unknown as Recipe;
  } catch {} // said below
  throw new AudiozooError({
    code: 'file',
    what: `${path} holds no recipe`,
    expected: 'a JSON object, as `training.json` beside a trained model holds one',
    option: 'recipe',
  });
}

/** `head`, `last:2`, `all`, `lora:8`. */
export function trainablePart(text: string): Trainable {
  if (/^(head|all|last:[1-9]\d{0,3}|lora:[1-9]\d{0,3})$/.test(text)) return text as Trainable;
  throw new InvalidArgumentError('Expected head, last:N, all or lora:R.');
}
