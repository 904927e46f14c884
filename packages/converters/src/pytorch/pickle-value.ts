// What a pickle can hold once it is read here: plain data, tensors, and inert stand-ins for objects.

import type { DType } from '@audiozoo/core';

export type PickleValue =
  | Scalar
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleStorage
  | PickleTensor
  | Inert;

export type Scalar = null | boolean | number | bigint | string | Uint8Array;

/** A list or tuple. */
export interface PickleList {
  readonly kind: 'list';
  readonly items: PickleValue[];
}

/** A dict of any class. A Map, so that a key such as `__proto__` is a key like any other. */
export interface PickleDict {
  readonly kind: 'dict';
  /** By `dictKey`. undefined while empty: most dicts in a checkpoint are hooks that nobody hung up. */
  entries: Map<string, PickleValue> | undefined;
}

const numberMark = '\0';

/**
 * How a dict's entry is filed: always by text, since V8 hashes text with a secret, and numbers so that anybody can
 * make a million fall together. undefined for keys of other kinds.
 */
export function dictKey(key: PickleValue): string | undefined {
  if (typeof key === 'string') return key;
  return typeof key === 'number' ? `${numberMark}${key}` : undefined;
}

/** The text that a dict's key becomes in a name. */
export function dictKeyText(key: string): string {
  return key.startsWith(numberMark) ? key.slice(numberMark.length) : key;
}

/** A class or function by its name, `torch.FloatStorage`. Only ever a name. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** A run of elements in the file that tensors are views of. */
export interface PickleStorage {
  readonly kind: 'storage';
  readonly key: string;
  /** undefined: untyped, the tensor says. */
  readonly dtype: DType | undefined;
  /** How many of that dtype (bytes, when untyped) it holds. */
  readonly elements: number;
  readonly byteLength: number;
  /** Where this view begins in the storage; only files older than PyTorch 0.4 have such views. */
  readonly byteOffset: number;
}

export interface PickleTensor {
  readonly kind: 'tensor';
  readonly storage: PickleStorage;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** In elements, as is `storageOffset`. */
  readonly strides: readonly number[];
  readonly storageOffset: number;
}

/** An object that is no weight: whatever is done to it is ignored. */
export interface Inert {
  readonly kind: 'inert';
}

export const inert: Inert = { kind: 'inert' };

export function isKind<K extends Exclude<PickleValue, Scalar>['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
