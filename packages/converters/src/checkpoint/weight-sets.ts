// Where in a file a model's weights lie. Programs save them below all kinds of names: under keys of a training
// checkpoint (`state_dict`, `ema`), as attributes of a larger module (`net.ast_mdl`), inside wrappers that put their own
// names between the others (`module`, `_orig_mod`). So every prefix there is gets tried, and a model's recognizer says
// below which its weights are.

import type { AnyModel, JsonObject, TensorInfos } from '@audiozoo/core';
import { type Budget, createBudget, sameShape } from '@audiozoo/core/plugin';
import { refusal } from '../refusal.js';
import type { CheckpointTensor } from './checkpoint.js';

/** What tells tensors for its own: a model's `foreignCheckpoint`, or its `initialization`. */
export interface Recognizer {
  recognize(tensors: TensorInfos): JsonObject | undefined;
}

type Tensors = ReadonlyMap<string, CheckpointTensor>;

/** One set of weights in a file. */
export interface WeightSet<As extends Recognizer = Recognizer> {
  readonly model: AnyModel;
  readonly as: As;
  /** What the model says about it. */
  readonly description: JsonObject;
  /** What stands before its names, without wrappers; '' when they are the whole. */
  readonly key: string;
  /** Other keys under which the same tensors lie. */
  readonly aliases: readonly string[];
  /** What lies below, by names without key and wrappers. */
  readonly tensors: Tensors;
}

/** Names before a model's own: more are no checkpoint's. */
const mostPrefixes = 8;
/** Sets that a person could choose from. */
const mostSets = 64;
/** About a second. Checkpoints of ten thousand tensors take a tenth of it. */
const mostSteps = 1_500_000;
/** What asking the recognizers costs, beside going through the names. */
const stepsOfRecognizing = 4;
/** In a file of more tensors, one that lies alone below a prefix is no model: a hundred thousand would be looked at. */
const manyTensors = 10_000;

/** Every set of weights that a recognizer knows, each once: not what is a part of another, nor another name for it. */
export async function findWeightSets<As extends Recognizer>(
  fileName: string,
  tensors: Tensors,
  models: readonly AnyModel[],
  recognizerOf: (model: AnyModel) => As | undefined,
  signal?: AbortSignal,
): Promise<readonly WeightSet<As>[]> {
  const budget = createBudget({ name: fileName, code: 'checkpoint', operations: mostSteps, signal });
  const found: WeightSet<As>[] = [];
  const fewest = tensors.size > manyTensors ? 2 : 1;

  const visit = async (
    entries: readonly (readonly [string, CheckpointTensor])[],
    key: string,
    depth: number,
  ): Promise<void> => {
    await budget.rest();
    budget.spend(stepsOfRecognizing + entries.length);
    const part = new Map(entries);
    for (const model of models) {
      const as = recognizerOf(model);
      const description = as?.recognize(part);
      if (as && description) found.push({ model, as, description, key, aliases: [], tensors: part });
    }
    if (found.length > mostSets) throw refusal(fileName, `holds more than ${mostSets} sets of weights`);
    if (depth === mostPrefixes) return;
    for (const [segment, below] of bySegment(entries)) {
      if (below.length < fewest) continue;
      await visit(below, depth === 0 ? segment : `${key}.${segment}`, depth + 1);
    }
  };
  await visit([...withoutWrappers(tensors)], '', 0);

  const wholes: WeightSet<As>[] = [];
  for (const set of found) {
    await budget.rest();
    if (!found.some((other) => isPart(set, other, budget))) wholes.push(set);
  }
  // One set within another is the same with less beside it; of two that are within each other the first counts.
  const sets: WeightSet<As>[] = [];
  for (const set of wholes) {
    await budget.rest();
    const place = sets.findIndex((other) => isWithin(set, other, budget) || isWithin(other, set, budget));
    const other = sets[place];
    if (!other) sets.push(set);
    else if (isWithin(set, other, budget)) sets[place] = withAlias(other, set);
    else sets[place] = withAlias(set, other);
  }
  return sets;
}

function withAlias<As extends Recognizer>(set: WeightSet<As>, other: WeightSet<As>): WeightSet<As> {
  return { ...set, aliases: [...set.aliases, other.key, ...other.aliases] };
}

/** What has a dot in its name, by what stands before the first. */
function bySegment(entries: readonly (readonly [string, CheckpointTensor])[]) {
  const groups = new Map<string, [string, CheckpointTensor][]>();
  for (const [name, tensor] of entries) {
    const dot = name.indexOf('.');
    if (dot < 0) continue;
    const segment = name.slice(0, dot);
    const group = groups.get(segment) ?? [];
    if (group.length === 0) groups.set(segment, group);
    group.push([name.slice(dot + 1), tensor]);
  }
  return groups;
}

/**
 * Names without what DataParallel, torch.compile, FSDP and the like put between them. Where two tensors would have one
 * name then, all keep theirs.
 */
function withoutWrappers(tensors: Tensors): Tensors {
  if (![...tensors.keys()].some((name) => stripWrappers(name) !== name)) return tensors;
  const result = new Map<string, CheckpointTensor>();
  for (const [name, tensor] of tensors) {
    const own = stripWrappers(name);
    const other = result.get(own);
    if (other && !isSameView(other, tensor)) return tensors;
    result.set(own, tensor);
  }
  return result;
}

/** Wrappers' names are private, as Python has it, but for `module`; a tensor's own comes last and stays. */
export function stripWrappers(name: string): string {
  if (!name.includes('module') && !name.includes('_')) return name;
  const segments = name.split('.');
  const last = segments.length - 1;
  const isWrapper = (segment: string) => segment === 'module' || segment.startsWith('_');
  return segments.filter((segment, place) => place === last || !isWrapper(segment)).join('.');
}

/** Whether two names are of one tensor: the same elements of the same storage. */
export function isSameView(a: CheckpointTensor, b: CheckpointTensor): boolean {
  if (a === b) return true;
  const isSamePlace = a.position === b.position && a.storageOffset === b.storageOffset;
  return isSamePlace && a.dtype === b.dtype && sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides);
}

/** Whether `set` lies below `whole`, which is nothing known without it. */
function isPart(set: WeightSet, whole: WeightSet, budget: Budget): boolean {
  const prefix = whole.key === '' ? '' : `${whole.key}.`;
  if (set.key === whole.key || !set.key.startsWith(prefix)) return false;
  const below = `${set.key.slice(prefix.length)}.`;
  budget.spend(whole.tensors.size);
  const rest = new Map([...whole.tensors].filter(([name]) => !name.startsWith(below)));
  return whole.as.recognize(rest) === undefined;
}

/** Whether all tensors of a set are another's too. */
function isWithin(set: WeightSet, other: WeightSet, budget: Budget): boolean {
  if (set.as !== other.as) return false;
  budget.spend(set.tensors.size);
  return [...set.tensors].every(([name, tensor]) => {
    const its = other.tensors.get(name);
    return its !== undefined && isSameView(its, tensor);
  });
}
