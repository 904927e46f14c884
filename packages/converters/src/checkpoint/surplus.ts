// Tensors that a model does not use. Most may be passed over: losses, counters, an optimizer's state. Some say that the
// model would run otherwise than it was trained: further layers of its own, an adapter that was not merged.

import { type AnyModel, AudiozooError, type DType, type ParameterTree } from '@audiozoo/core';
import { checkWeights, resolveAliases, storedParameters } from '@audiozoo/core/plugin';
import { quoteList } from '../refusal.js';
import type { CheckpointTensor } from './checkpoint.js';

type Tensors = ReadonlyMap<string, CheckpointTensor>;

/** A directory's tensors by their parameters' names, checked; and the names of those that are none's. */
export function fitTensors(
  fileName: string,
  model: AnyModel,
  parameters: ParameterTree,
  inFile: Tensors,
): { readonly tensors: Tensors; readonly unused: readonly string[] } {
  refuseAdapter(fileName, inFile.keys());
  checkFloats(fileName, parameters, inFile);
  const resolved = resolveAliases(parameters, inFile);
  const expected = storedParameters(parameters);
  const known = new Set(expected.map(({ name }) => name));
  const unused = [...resolved.keys()].filter((name) => !known.has(name) && !model.ignored?.(name));
  const named = expected.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  refuseOwn(model, named, resolved.keys());
  const tensors = checkWeights(parameters, new Map([...resolved].filter(([name]) => known.has(name))));
  return { tensors, unused };
}

/** Refuses weights stored as int8: without their scales they mean nothing, and rounding adds up. */
function checkFloats(
  fileName: string,
  parameters: ParameterTree,
  inFile: ReadonlyMap<string, { readonly dtype: DType }>,
): void {
  const resolved = resolveAliases(parameters, inFile);
  const isQuantized = ({ name }: { name: string }) => resolved.get(name)?.dtype === 'int8';
  if (!storedParameters(parameters).some((each) => each.quantizable && isQuantized(each))) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${fileName} holds weights that are quantized to int8`,
    expected: 'floating-point weights',
    hint: 'Start from the model directory that it was made from.',
  });
}

/** Refuses what is named as the model's own but for its numbers: a layer more than the config knows. */
export function refuseOwn(model: AnyModel, taken: readonly string[], names: Iterable<string>): void {
  const known = new Set(taken);
  const patterns = new Set(taken.map(withoutNumbers));
  const own = [...names].filter(
    (name) => !known.has(name) && !model.ignored?.(name) && patterns.has(withoutNumbers(name)),
  );
  if (own.length === 0) return;
  throw new AudiozooError({
    code: 'weights',
    what: `the checkpoint has more of the model's own tensors than ${model.type} takes`,
    expected: 'none left over',
    got: `${own.length} unexpected: ${quoteList(own)}`,
    hint: 'Check that the config (layers, width, labels, input size) describes this checkpoint.',
  });
}

function withoutNumbers(name: string): string {
  return name.replace(/\b\d+\b/g, '#');
}

/** Throws a `weights` error that lists what is not used. */
export function refuseUnused(fileName: string, unused: readonly string[]): void {
  if (unused.length === 0) return;
  throw new AudiozooError({
    code: 'weights',
    what: `${fileName} holds tensors that the model does not use`,
    expected: 'none, since that was asked for',
    hint: 'Without `strict` they are left out.',
    option: 'strict',
    got: `${unused.length} unexpected: ${quoteList(unused)}`,
  });
}

const adapterName = /(^|\.)lora_(A|B|embedding_A|embedding_B|magnitude_vector)(\.|$)/;

/** Whether tensors are an adapter's of PEFT. */
export function isAdapter(names: Iterable<string>): boolean {
  for (const name of names) if (adapterName.test(name)) return true;
  return false;
}

/** Refuses an adapter that lies beside the weights: without it, they are not what was trained. */
export function refuseAdapter(fileName: string, names: Iterable<string>): void {
  if (!isAdapter(names)) return;
  throw new AudiozooError({
    code: 'checkpoint',
    what: `${fileName} holds a LoRA adapter that is not merged into its weights`,
    expected: 'merged weights',
    hint: 'In Python, save model.merge_and_unload(); or convert the folder with adapter_config.json and `base`.',
    option: 'base',
  });
}
