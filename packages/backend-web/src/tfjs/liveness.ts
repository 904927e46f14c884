// When each result of a model's forward pass is read for the last time. TensorFlow.js cannot know: it would
// hold all activations until the end, 740 MB for AST-base on ten seconds. `build` calls the same operations
// in the same order each time, for the same outputs, so one pass over operations that compute nothing tells.

import type { AnyModel, Ops } from '@audiozoo/core';
import { resolveParameters } from '@audiozoo/core/plugin';

/** `lastReads[i]` are the results (by the number of the call that made them) that call `i` is the last to read. */
export type LastReads = readonly (readonly number[])[];

/** Weights and inputs: nothing that a call made. */
const given = -1;

/** The last reads of a pass that computes these outputs. */
export function lastReads(model: AnyModel, config: unknown, names: readonly string[]): LastReads {
  const calls: number[][] = [];
  const call = (...read: readonly (number | undefined)[]): number =>
    calls.push(read.filter((result) => result !== undefined && result !== given) as number[]) - 1;
  const ops: Ops<number> = {
    linear: (x, weight, bias) => call(x, weight, bias),
    attention: (query, key, value) => call(query, key, value),
    attentionProbabilities: (query, key) => call(query, key),
    matmul: (a, b) => call(a, b),
    layerNorm: (x, scale, shift) => call(x, scale, shift),
    gelu: (x) => call(x),
    add: (a, b) => call(a, b),
    multiply: (a, b) => call(a, b),
    scale: (x) => call(x),
    log: (x) => call(x),
    clamp: (x) => call(x),
    mean: (x) => call(x),
    reshape: (x) => call(x),
    transpose: (x) => call(x),
    concat: (tensors) => call(...tensors),
    slice: (x) => call(x),
    expandBatch: (x, like) => call(x, like),
    patches: (x) => call(x),
  };
  const weights = resolveParameters(model.parameters(config), () => given);
  const inputs = Object.fromEntries(Object.keys(model.inputs(config)).map((name) => [name, given]));
  const built = model.build(ops, weights, inputs, config, new Set(names));
  const outputs = new Set(names.map((name) => built[name]!));

  const last = calls.map((_, index) => index); // what nobody reads goes at once
  calls.forEach((read, index) => {
    for (const result of read) last[result] = index;
  });
  return calls.map((_, index) =>
    last.flatMap((at, result) => (at === index && !outputs.has(result) ? [result] : [])),
  );
}

/** The same operations, each result given to `each` before anybody else sees it. */
export function watchResults<T>(ops: Ops<T>, each: (result: T) => T): Ops<T> {
  return {
    linear: (...call) => each(ops.linear(...call)),
    attention: (...call) => each(ops.attention(...call)),
    attentionProbabilities: (...call) => each(ops.attentionProbabilities(...call)),
    matmul: (...call) => each(ops.matmul(...call)),
    layerNorm: (...call) => each(ops.layerNorm(...call)),
    gelu: (...call) => each(ops.gelu(...call)),
    add: (...call) => each(ops.add(...call)),
    multiply: (...call) => each(ops.multiply(...call)),
    scale: (...call) => each(ops.scale(...call)),
    log: (...call) => each(ops.log(...call)),
    clamp: (...call) => each(ops.clamp(...call)),
    mean: (...call) => each(ops.mean(...call)),
    reshape: (...call) => each(ops.reshape(...call)),
    transpose: (...call) => each(ops.transpose(...call)),
    concat: (...call) => each(ops.concat(...call)),
    slice: (...call) => each(ops.slice(...call)),
    expandBatch: (...call) => each(ops.expandBatch(...call)),
    patches: (...call) => each(ops.patches(...call)),
  };
}
