// What several models do alike as they plan: from a foreign checkpoint, from other weights, from nothing.

import { AudiozooError } from '../errors.js';
import { checkWeights } from '../model-directory/weights.js';
import type { ConversionPlan, TensorInfos } from './foreign-checkpoint.js';
import type { Label } from './label.js';
import { type ParameterTree, parameter, storedParameters } from './parameter.js';

const usualHeadDim = 64;

/** Attention heads as told, else of 64 channels each, which is added to what was taken for granted. */
export function inferHeads(width: number, told: number | undefined, assumptions: string[]): number {
  const heads = told ?? width / usualHeadDim;
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0) {
    throw new AudiozooError({
      code: 'argument',
      what: `width ${width} does not split into attention heads`,
      expected: `a number of heads that divides ${width}`,
      got: `${heads}`,
      hint: 'Say how many with `heads`.',
      option: 'settings.heads',
    });
  }
  if (told === undefined) {
    assumptions.push(`${heads} attention heads: ${usualHeadDim} channels each, as in every published size.`);
  }
  return heads;
}

/** Adds to what was taken for granted those of `usual` that nobody told, and why they are as they are. */
export function assumeUsual(
  usual: Readonly<Record<string, number | string>>,
  told: Readonly<Record<string, unknown>>,
  why: string,
  assumptions: string[],
): void {
  const assumed = Object.entries(usual).filter(([name]) => told[name] === undefined);
  if (assumed.length === 0) return;
  assumptions.push(`${assumed.map(([name, value]) => `${name} ${value}`).join(', ')}: ${why}.`);
}

/** Throws an `argument` error where a new model is to tell nothing. */
export function requireLabels(labels: readonly Label[]): void {
  if (labels.length > 0) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'there are no labels',
    expected: 'at least one',
    option: 'labels',
  });
}

/** About a setting that has been checked by itself, and does not go with the others. */
export function unfitSetting(name: string, expected: string, got: number | string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `${name} does not fit`,
    expected,
    got: `${got}`,
    option: `settings.${name}`,
  });
}

/** Each stored parameter from the tensor that `inFile` names, the same in all but its name. Throws as `checkWeights` does. */
export function planRenamed(
  parameters: ParameterTree,
  tensors: TensorInfos,
  {
    inFile,
    ignored,
  }: { readonly inFile: (name: string) => string; readonly ignored: (name: string) => boolean },
): Pick<ConversionPlan, 'tensors' | 'unused'> {
  const sources = storedParameters(parameters).map(({ name, shape }) => ({
    name,
    from: inFile(name),
    shape,
  }));
  const used = new Set(sources.map(({ from }) => from));
  checkWeights(
    sources.map(({ from, shape }) => parameter(from, shape)),
    new Map([...tensors].filter(([name]) => used.has(name))),
  );
  return { tensors: sources, unused: [...tensors.keys()].filter(ignored) };
}
