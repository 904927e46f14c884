// Nested Python data → tensors by dotted name, as PyTorch's own names are made: `model.0.weight`.

import { isKind, type PickleTensor, type PickleValue } from './pickle-value.js';
import { quote, refusal } from './refusal.js';

const maxDepth = 64;
/** Beyond these, values are shared so as to multiply: the pickle machine makes no more of either. */
const maxContainers = 500_000;
const maxItems = 4_000_000;

/**
 * Every tensor in dicts and lists, in order. Keys are text or integers, list indices count from 0; what is
 * no tensor, and what lies under other keys, is passed over. A tensor on its own is named ``.
 */
export function flattenTensors(fileName: string, root: PickleValue): Map<string, PickleTensor> {
  const tensors = new Map<string, PickleTensor>();
  const pending: { name: string; depth: number; value: PickleValue }[] = [
    { name: '', depth: 0, value: root },
  ];
  // Containers may hold themselves or each other twice over: depth and visits are bounded, not tracked.
  let items = 0;
  for (let containers = 0; pending.length > 0; containers++) {
    const { name, depth, value } = pending.pop()!;
    if (depth > maxDepth) throw refusal(fileName, `nests data more than ${maxDepth} deep`);
    if (isKind(value, 'tensor')) {
      if (tensors.has(name)) throw refusal(fileName, `holds two tensors named ${quote(name)}`);
      tensors.set(name, value);
      continue;
    }
    const children: typeof pending = [];
    for (const [key, child] of childrenOf(value)) {
      if (++items > maxItems || containers > maxContainers) throw refusal(fileName, 'nests too many values');
      if (!holdsTensors(child)) continue;
      children.push({ name: depth === 0 ? key : `${name}.${key}`, depth: depth + 1, value: child });
    }
    for (const child of children.reverse()) pending.push(child);
  }
  return tensors;
}

function* childrenOf(value: PickleValue): Generator<[string, PickleValue]> {
  if (isKind(value, 'list')) for (const [index, item] of value.items.entries()) yield [`${index}`, item];
  if (!isKind(value, 'dict')) return;
  for (const [key, item] of value.entries ?? []) {
    if (typeof key === 'string' || typeof key === 'number') yield [`${key}`, item];
  }
}

function holdsTensors(value: PickleValue): boolean {
  return isKind(value, 'tensor') || isKind(value, 'dict') || isKind(value, 'list');
}
