// Nested Python data → tensors by dotted name, as PyTorch's own names are made: `model.0.weight`.

import type { Budget } from '@audiozoo/core/plugin';
import { quote, refusal } from '../refusal.js';
import { dictKeyText, isKind, type PickleTensor, type PickleValue } from './pickle-value.js';

/** What values cost, in a budget's steps, and tensors in bytes. Shared values are paid for wherever they lie. */
const steps = { child: 4, tensor: 40 };
const tensorBytes = 600;
const visitsPerRest = 1024;

/**
 * Every tensor in dicts and lists, in order. Keys are text or numbers, list indices count from 0; what is
 * no tensor, and what lies under other keys, is passed over. A tensor on its own is named ``.
 */
export async function flattenTensors(
  fileName: string,
  root: PickleValue,
  budget: Budget,
): Promise<Map<string, PickleTensor>> {
  const tensors = new Map<string, PickleTensor>();
  // Containers may hold themselves or each other twice over: the budget bounds depth and visits.
  const pending: { name: string; depth: number; value: PickleValue }[] = [
    { name: '', depth: 0, value: root },
  ];
  for (let visits = 0; pending.length > 0; visits++) {
    if (visits % visitsPerRest === 0) await budget.rest();
    const { name, depth, value } = pending.pop()!;
    budget.checkDepth(depth);
    if (isKind(value, 'tensor')) {
      budget.spend(steps.tensor);
      budget.take(tensorBytes + name.length);
      if (tensors.has(name)) throw refusal(fileName, `holds two tensors named ${quote(name)}`);
      tensors.set(name, value);
      continue;
    }
    const children: typeof pending = [];
    let seen = 0;
    for (const found of childrenOf(value)) {
      budget.spend(steps.child);
      if (++seen % visitsPerRest === 0) await budget.rest();
      if (!found) continue;
      const [key, child] = found;
      const childName = depth === 0 ? key : `${name}.${key}`;
      budget.checkName(childName);
      children.push({ name: childName, depth: depth + 1, value: child });
    }
    for (const child of children.reverse()) pending.push(child);
  }
  return tensors;
}

/** Values in which tensors may lie, and under which names. */
function* childrenOf(value: PickleValue): Generator<[string, PickleValue] | undefined> {
  if (isKind(value, 'list')) {
    for (let index = 0; index < value.items.length; index++) {
      const item = value.items[index]!;
      yield holdsTensors(item) ? [`${index}`, item] : undefined;
    }
  } else if (isKind(value, 'dict')) {
    for (const [key, item] of value.entries ?? []) {
      yield holdsTensors(item) ? [dictKeyText(key), item] : undefined;
    }
  }
}

function holdsTensors(value: PickleValue): boolean {
  return isKind(value, 'tensor') || isKind(value, 'dict') || isKind(value, 'list');
}
