// Assertions that need no test runner: each throws a plain Error that says what to look for.

import { AudiozooError, type ErrorCode } from '../errors.js';
import { formatShape, sameShape } from '../tensors/shape.js';
import type { Tensor } from '../tensors/tensor.js';
import type { NamedTensors } from './conformance-case.js';

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Both hold the same tensors, each within `tolerance` of the expected one (see `operationTolerance`). */
export function assertClose(got: NamedTensors, expected: NamedTensors, tolerance: number): void {
  const names = Object.keys(expected).sort().join(', ');
  const gotNames = Object.keys(got).sort().join(', ');
  assert(gotNames === names, `Expected the outputs ${names}; got ${gotNames || 'none'}.`);
  for (const [name, tensor] of Object.entries(expected))
    assertTensorClose(name, got[name]!, tensor, tolerance);
}

function assertTensorClose(name: string, got: Tensor, expected: Tensor<'float32'>, tolerance: number): void {
  assert(got.dtype === 'float32', `Output "${name}" is ${got.dtype}, not float32.`);
  assert(
    sameShape(got.shape, expected.shape),
    `Output "${name}" has the shape ${formatShape(got.shape)}, not ${formatShape(expected.shape)}.`,
  );
  const count = expected.data.length;
  assert(got.data.length === count, `Output "${name}" holds ${got.data.length} elements, not ${count}.`);
  const scale = expected.data.reduce((largest, item) => Math.max(largest, Math.abs(item)), 1);
  let worst = 0;
  let worstIndex = 0;
  for (let index = 0; index < count; index++) {
    const difference = Math.abs(got.data[index]! - expected.data[index]!);
    if (difference <= worst) continue; // NaN goes on
    [worst, worstIndex] = [difference, index];
    if (Number.isNaN(difference)) break;
  }
  assert(
    worst <= tolerance * scale,
    `Output "${name}" ${formatShape(expected.shape)} is off by ${worst.toExponential(2)} at element ` +
      `${worstIndex}: expected ${expected.data[worstIndex]}, got ${got.data[worstIndex]}. ` +
      `${(tolerance * scale).toExponential(2)} is allowed.`,
  );
}

/** `action` rejects with an audiozoo error of one of these codes, whose message holds each of `words`. */
export async function assertRejects(
  action: () => Promise<unknown>,
  codes: readonly ErrorCode[],
  words: readonly string[] = [],
): Promise<void> {
  const error = await rejection(action);
  const wanted = codes.map((code) => `'${code}'`).join(' or ');
  assert(
    codes.some((code) => AudiozooError.isInstance(error, code)),
    `Expected an AudiozooError with code ${wanted}; got ${describe(error)}.`,
  );
  for (const word of words) {
    assert(String(error).includes(word), `Expected a message that names ${word}; got ${describe(error)}.`);
  }
}

/** `action` rejects with the very `reason` that the signal was aborted with. */
export async function assertAborts(action: () => Promise<unknown>, reason: unknown): Promise<void> {
  const error = await rejection(action);
  assert(error === reason, `Expected the signal's reason to be thrown; got ${describe(error)}.`);
}

async function rejection(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('Expected a rejected promise; it was fulfilled.');
}

function describe(error: unknown): string {
  return AudiozooError.isInstance(error) ? `'${error.code}': ${error.message}` : String(error);
}
