// The keys of config.json that name a model's classes: Hugging Face's, and `id2mid` of ours.

import type { Label } from '../model/label.js';
import type { JsonObject } from './json.js';

const labelKeys = new Set(['id2label', 'label2id', 'id2mid', 'num_labels']);

/** The config with these labels in place of its own. */
export function withLabels(config: JsonObject, labels: readonly Label[]): JsonObject {
  const mids = labels.flatMap(({ mid }, index) => (mid === undefined ? [] : [[index, mid] as const]));
  return {
    ...Object.fromEntries(Object.entries(config).filter(([key]) => !labelKeys.has(key))),
    id2label: Object.fromEntries(labels.map(({ name }, index) => [index, name])),
    label2id: Object.fromEntries(labels.map(({ name }, index) => [name, index])),
    ...(mids.length > 0 && { id2mid: Object.fromEntries(mids) }),
  };
}

/** What a class without a name is called, as in transformers. */
export function unnamedLabel(index: number): Label {
  return { name: `LABEL_${index}` };
}
