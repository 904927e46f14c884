// What every backend checks before it runs a model, so that wrong calls fail alike on all of them.

import { describeValue } from '../checks/describe-value.js';
import { checkOptions } from '../checks/options.js';
import { AudiozooError } from '../errors.js';
import type { InputSpecification, OutputSpecification } from '../model/model.js';
import { elementCount, formatShape, sameShape } from '../tensors/shape.js';
import type { Tensor } from '../tensors/tensor.js';
import type { Backend, Inputs } from './backend.js';

/** Outputs that a model is loaded with, and their shapes after the batch. */
export type ChosenOutputs = Readonly<Record<string, { readonly shape: readonly number[] }>>;

type InputSpecifications = Readonly<Record<string, InputSpecification>>;

/** Whether a model of these inputs can be loaded for any length, on a backend that can. */
export function takesAnyLength(specifications: InputSpecifications): boolean {
  return Object.values(specifications).some(({ length }) => length !== undefined);
}

/** Throws an `argument` error where the model or the backend takes one length only. */
export function checkAnyLength(
  specifications: InputSpecifications,
  { anyLength }: Pick<Backend, 'anyLength'>,
): void {
  if (anyLength && takesAnyLength(specifications)) return;
  throw new AudiozooError({
    code: 'argument',
    what: `the ${anyLength ? 'model' : 'backend'} takes one length at a time`,
    option: 'anyLength',
    expected: 'no `anyLength`',
    got: 'true',
    hint: 'Load the model for each length, with a config of that length.',
  });
}

/**
 * Checks inputs against `model.inputs(config)`, with `anyLength` of the lengths that these allow, and returns their batch.
 * Throws an `argument` error on missing or unknown names and on integers out of range, a `shape` error on sizes that do not
 * fit, and on batches or lengths that differ.
 */
export function checkInputs(
  specifications: InputSpecifications,
  inputs: Inputs,
  { anyLength = false }: { readonly anyLength?: boolean } = {},
): number {
  checkTensors(inputs);
  const names = Object.keys(specifications);
  const given = Object.keys(inputs);
  if (given.length !== names.length || !names.every((name) => Object.hasOwn(inputs, name))) {
    throw new AudiozooError({
      code: 'argument',
      what: "the inputs are not the model's",
      expected: quoteAll(names),
      got: quoteAll(given),
    });
  }
  let batch: number | undefined;
  const lengths = new Map<string, number>();
  for (const name of names) {
    const { dtype, shape, data } = inputs[name]!;
    const specification = specifications[name]!;
    batch ??= shape[0];
    const longest = [batch ?? 1, ...specification.shape];
    const length = anyLength ? specification.length : undefined;
    const chosen = length && (lengths.get(length.name) ?? shape[1] ?? 0);
    const expected = chosen === undefined ? longest : longest.with(1, chosen);
    const isInRange = !length || (chosen! >= length.least && chosen! <= longest[1]!);
    if (batch === 0 || !isInRange || !sameShape(shape, expected)) {
      const sizes = longest.map(String).with(0, `${batch || 1}`);
      throw new AudiozooError({
        code: 'shape',
        what: `input "${name}" does not fit the model`,
        expected: `[${(length ? sizes.with(1, `${length.least} to ${longest[1]}`) : sizes).join(', ')}]`,
        got: formatShape(shape),
        hint: `The batch comes first, at least 1, and is the same for all inputs${
          length ? `, and so are their ${length.name}` : ''
        }.`,
      });
    }
    if (length) lengths.set(length.name, chosen!);
    const expectedDType = specification.dtype ?? 'float32';
    if (dtype !== expectedDType || data.length !== elementCount(shape)) {
      throw new AudiozooError({
        code: 'shape',
        what: `input "${name}" does not hold what its shape says`,
        expected: `${elementCount(shape)} ${expectedDType} elements`,
        got: `${data.length} ${dtype} elements`,
      });
    }
    if (dtype === 'int64' && specification.dtype === 'int64') checkBelow(name, data, specification.below);
  }
  return batch ?? 1;
}

function checkBelow(name: string, data: BigInt64Array, below: number): void {
  const outside = data.find((value) => value < 0n || value >= below);
  if (outside === undefined) return;
  throw new AudiozooError({
    code: 'argument',
    what: `input "${name}" holds a number that the model does not know`,
    expected: `whole numbers from 0 to ${below - 1}`,
    got: `${outside}`,
  });
}

/** Throws an `argument` error unless these are tensors by name. */
export function checkTensors(tensors: unknown): asserts tensors is Readonly<Record<string, Tensor>> {
  const isRecord = typeof tensors === 'object' && tensors !== null && !isTensor(tensors);
  const wrong = isRecord ? Object.values(tensors).find((value) => !isTensor(value)) : tensors;
  if (isRecord && wrong === undefined) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'these are no inputs of a model',
    expected: 'tensors by name: { input_values: { dtype, shape, data } }',
    got: describeValue(wrong),
  });
}

function isTensor(value: unknown): boolean {
  const { dtype, shape, data } = (value ?? {}) as Partial<Tensor>;
  return dtype !== undefined && Array.isArray(shape) && ArrayBuffer.isView(data);
}

/**
 * The outputs that a model is loaded with: those asked for, else all but those on request. Throws an `argument`
 * error on names that the model lacks, and on none at all.
 */
export function chooseOutputs(
  specifications: Readonly<Record<string, OutputSpecification>>,
  asked: readonly string[] | undefined,
): ChosenOutputs {
  const chosen = checkOutputs(specifications, asked);
  if (chosen.length > 0) {
    return Object.fromEntries(chosen.map((name) => [name, { shape: specifications[name]!.shape }]));
  }
  throw new AudiozooError({
    code: 'argument',
    what: 'a model must compute something',
    expected: `some of ${quoteAll(Object.keys(specifications))}`,
    got: 'no outputs',
  });
}

/**
 * The outputs to compute, of those that the model was loaded with: those asked for, or all. Throws an
 * `argument` error on others.
 */
export function checkOutputs(
  specifications: Readonly<Record<string, OutputSpecification>>,
  asked: readonly string[] | undefined,
): readonly string[] {
  const names = Object.keys(specifications);
  if (!asked) return names.filter((name) => !specifications[name]!.onRequest);
  checkOptions('a run', { outputs: asked }, { outputs: 'list' });
  const unknown = asked.filter((name) => !Object.hasOwn(specifications, name));
  if (unknown.length === 0) return [...new Set(asked)];
  throw new AudiozooError({
    code: 'argument',
    what: 'the model has no such output',
    expected: quoteAll(names),
    got: quoteAll(unknown),
    hint: 'A model computes the `outputs` that it was loaded with.',
  });
}

/** More than these make a message no clearer. */
const mostQuoted = 12;

function quoteAll(names: readonly string[]): string {
  const quoted = names.slice(0, mostQuoted).map((name) => JSON.stringify(name));
  const more = names.length > mostQuoted ? ` and ${names.length - mostQuoted} more` : '';
  return `${quoted.join(', ')}${more}` || 'none';
}
