// The keys of config.json that name a model's classes: Hugging Face's, and `id2mid` of ours.

import type { Label } from '../model/label.js';
import type { AnyModel } from '../model/model.js';
import { type ConfigReader, configReader } from './config-reader.js';
import { isJsonObject, type Json, type JsonObject } from './json.js';

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

/** The same of a model, whose own keys may count the labels too. */
export function relabel(
  model: Pick<AnyModel, 'relabel'>,
  config: JsonObject,
  labels: readonly Label[],
): JsonObject {
  return model.relabel?.(config, labels) ?? withLabels(config, labels);
}

/** What a class without a name is called, as in transformers. */
export function unnamedLabel(index: number): Label {
  return { name: `LABEL_${index}` };
}

/** More would be a mistake. */
export const mostLabels = 100_000;

/**
 * The labels that config.json names; where it names none, so many unnamed ones. Names may be numbers, and numbers may be
 * left out; how many classes there are is then told by the largest.
 */
export function readLabels(config: JsonObject, unnamed: number): readonly Label[] {
  const model = configReader('config.json', config);
  const { id2mid } = config;
  const id2label = config.id2label ?? undefined;
  if (id2label === undefined) {
    return Array.from({ length: unnamed }, (_, index) => unnamedLabel(index));
  }
  if (!isJsonObject(id2label)) throw model.wrong('id2label', 'a record of class numbers to names', id2label);
  const mids = isJsonObject(id2mid) ? id2mid : {};
  const numbers = Object.keys(id2label).map((key) => {
    if (/^\d{1,9}$/.test(key) && Number(key) < mostLabels) return Number(key);
    throw model.wrong('id2label', `class numbers from 0 to ${mostLabels - 1}`, key);
  });
  if (numbers.length === 0) throw model.wrong('id2label', 'a name for at least one class', id2label);
  const told = model.count('num_labels', 1, mostLabels);
  const count = numbers.reduce((most, number) => Math.max(most, number + 1), told);
  return Array.from({ length: count }, (_, index): Label => {
    const { name } = readName(id2label[index] ?? undefined, index, model);
    const mid = mids[index];
    return typeof mid === 'string' ? { name, mid } : { name };
  });
}

function readName(name: Json | undefined, index: number, model: ConfigReader): Label {
  if (name === undefined) return unnamedLabel(index);
  if (typeof name === 'string') return { name };
  if (typeof name === 'number' && Number.isFinite(name)) return { name: `${name}` };
  throw model.wrong('id2label', `a name for class ${index}`, name);
}
