// Samples in the arrays that programs keep them in, as float32 amplitudes. Integers are PCM: full scale is a power of two,
// as in sound files, so that they give the very samples that the file would.

import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';
import { isFloat32Array } from './audio.js';

/** Samples of one channel: floats are amplitudes, nominally −1 to 1, and integers PCM of as many bits. */
export type SampleArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | readonly number[];

const conversions: Readonly<Record<string, (values: ArrayLike<number>) => Float32Array>> = {
  Float64Array: (values) => new Float32Array(values),
  Float16Array: (values) => new Float32Array(values),
  Int8Array: (values) => scaled(values, 0, 2 ** -7),
  Uint8Array: (values) => scaled(values, 128, 2 ** -7),
  Int16Array: (values) => scaled(values, 0, 2 ** -15),
  Int32Array: (values) => scaled(values, 0, 2 ** -31),
};

/** Samples as amplitudes; a Float32Array as it is. Throws an `argument` error for what has no scale. */
export function toAmplitudes(samples: unknown): Float32Array {
  if (isFloat32Array(samples)) return samples;
  if (Array.isArray(samples)) return new Float32Array(checkNumbers(samples));
  const convert = ArrayBuffer.isView(samples) ? conversions[kindOf(samples)] : undefined;
  if (!convert || isBuffer(samples)) throw notSamples(samples);
  return convert(samples as unknown as ArrayLike<number>);
}

/** Whether these can be samples by themselves. A Uint8Array is the bytes of a file rather. */
export function isSampleArray(value: unknown): value is SampleArray {
  if (Array.isArray(value) || isFloat32Array(value)) return true;
  const kind = ArrayBuffer.isView(value) ? kindOf(value) : '';
  return kind !== 'Uint8Array' && Object.hasOwn(conversions, kind);
}

/** Node's Buffer is a Uint8Array as well, but what is in one is bytes: of a file, or of samples of any width. */
function isBuffer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'readInt16LE' in value;
}

/** The name of a value's class. Things of other windows and contexts have other classes, so the name counts. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function scaled(values: ArrayLike<number>, zero: number, scale: number): Float32Array {
  const samples = new Float32Array(values.length);
  for (let index = 0; index < samples.length; index++) samples[index] = (values[index]! - zero) * scale;
  return samples;
}

function checkNumbers(values: readonly unknown[]): readonly number[] {
  const place = values.findIndex((value) => typeof value !== 'number');
  if (place === -1) return values as readonly number[];
  throw new AudiozooError({
    code: 'argument',
    what: `sample ${place} is not a number`,
    expected: 'a list of numbers',
    got: describeValue(values[place]),
  });
}

function notSamples(got: unknown): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'these are not samples',
    expected:
      'a Float32Array or Float64Array of amplitudes, an Int8Array, Uint8Array, Int16Array or Int32Array of PCM, or a list of numbers',
    got: isBuffer(got) ? 'a Buffer' : describeValue(got),
    ...(isBuffer(got) && {
      hint: 'Pass the bytes of a file by themselves, and raw samples in an array of their type, such as an Int16Array over them.',
    }),
  });
}
