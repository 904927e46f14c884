// What the functions of this package are given, told apart from slips.

import type { ConversionOptions } from '@audiozoo/core';
import {
  canDo,
  checkMethod,
  checkModels,
  checkOptions,
  type OptionKind,
  type OptionKinds,
} from '@audiozoo/core/plugin';
import type { VerifyOptions } from './checkpoint/checkpoint.js';

export const verifyOptionKinds = {
  signal: 'signal',
  onProgress: 'function',
} as const satisfies OptionKinds<VerifyOptions>;

export const conversionOptionKinds = {
  labels: 'list',
  problemType: 'string',
  settings: 'record',
} as const satisfies OptionKinds<ConversionOptions>;

/** What weights may be stored as. */
export const weightsDTypes = { choices: ['float32', 'float16', 'bfloat16'] };

/**
 * Throws an `argument` error unless options are those of `of`, with the `models` and the `output` that some of them must
 * have.
 */
export function checkCall(of: string, options: object, kinds: Readonly<Record<string, OptionKind>>): void {
  checkOptions(of, options, kinds);
  if ('models' in kinds) checkModels((options as { readonly models?: unknown }).models);
  if (!('output' in kinds)) return;
  const { output } = options as { readonly output?: unknown };
  checkMethod('the output', output, 'commit', '`directorySink(path)` or `memoryDirectory()`');
}

/** Throws an `argument` error unless it is a file to read by range, or a store of files. */
export function checkSource(source: unknown): void {
  if (canDo(source, 'open')) return; // a store of files
  checkMethod('the source', source, 'read', 'what `openFile` or `openFiles` of @audiozoo/core/files gives');
}
