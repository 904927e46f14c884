// When each result of a model's forward pass is read for the last time. TensorFlow.js cannot know: it would
// hold all activations until the end, 740 MB for AST-base on ten seconds. `build` calls the same operations
// in the same order each time, for the same outputs, so one pass over operations that compute nothing tells.

import type { AnyModel, Ops } from '@audiozoo/core';
import { resolveParameters } from '@audiozoo/core/plugin';

/** `lastReads[i]` are the results (by the number of the call that made them) that call `i` is the last to read. */
export type LastReads = readonly (readonly number[])[];

/** Stands for a tensor, whoever it is. */
type Token = object;

/** The last reads of a pass that computes these outputs. */
export function lastReads(model: AnyModel, config: unknown, names: readonly string[]): LastReads {
  const results: Token[] = [];
  /** Of each result, the number of the call that reads it last; what nobody reads goes at once. */
  const last = new Map<unknown, number>();
  const call = (...given: readonly unknown[]): Token => {
    const number = results.length;
    for (const each of given.flat()) if (last.has(each)) last.set(each, number);
    const result = {};
    last.set(result, number);
    results.push(result);
    return result;
  };
  const ops = new Proxy({}, { get: () => call }) as Ops<Token>;
  const weights = resolveParameters(model.parameters(config), () => ({}));
  const inputs = Object.fromEntries(Object.keys(model.inputs(config)).map((name) => [name, {}]));
  const built = model.build(ops, weights, inputs, config, new Set(names));
  const outputs = new Set(names.map((name) => built[name]!));

  const reads: number[][] = results.map(() => []);
  results.forEach((result, made) => {
    if (!outputs.has(result)) reads[last.get(result)!]!.push(made);
  });
  return reads;
}

/** The same operations, each result given to `each` before anybody else sees it. */
export function watchResults<T>(ops: Ops<T>, each: (result: T) => T): Ops<T> {
  const watched = Object.entries(ops).map(([name, compute]: [string, (...call: unknown[]) => T]) => [
    name,
    (...call: unknown[]) => each(compute(...call)),
  ]);
  return Object.fromEntries(watched);
}
