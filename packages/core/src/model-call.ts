// What every backend checks before it runs a model, so that wrong calls fail alike on all of them.

import { AudiozooError } from './errors.js';
import type { TensorSpecification } from './model.js';
import { elementCount, formatShape, sameShape } from './shape.js';
import type { Tensor } from './tensor.js';

type Specifications = Readonly<Record<string, TensorSpecification>>;

/**
 * Checks inputs against `model.inputs(config)` and returns their batch. Throws an `argument` error on
 * missing or unknown names, a `shape` error on sizes that do not fit or batches that differ.
 */
export function checkInputs(
  specifications: Specifications,
  inputs: Readonly<Record<string, Tensor<'float32'>>>,
): number {
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
  for (const name of names) {
    const { dtype, shape, data } = inputs[name]!;
    batch ??= shape[0];
    const expected = [batch ?? 1, ...specifications[name]!.shape];
    if (batch === 0 || !sameShape(shape, expected)) {
      throw new AudiozooError({
        code: 'shape',
        what: `input "${name}" does not fit the model`,
        expected: formatShape(expected.with(0, batch || 1)),
        got: formatShape(shape),
        mend: 'The batch comes first, at least 1, and is the same for all inputs.',
      });
    }
    if (dtype !== 'float32' || data.length !== elementCount(shape)) {
      throw new AudiozooError({
        code: 'shape',
        what: `input "${name}" does not hold what its shape says`,
        expected: `${elementCount(shape)} float32 elements`,
        got: `${data.length} ${dtype} elements`,
      });
    }
  }
  return batch ?? 1;
}

/** The outputs to compute: those asked for, or all. Throws an `argument` error on names the model lacks. */
export function checkOutputs(
  specifications: Specifications,
  asked: readonly string[] | undefined,
): readonly string[] {
  const names = Object.keys(specifications);
  const unknown = asked?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the model has no such output',
      expected: quoteAll(names),
      got: quoteAll(unknown),
    });
  }
  return asked ?? names;
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ') || 'none';
}
