// What of a model trains, in a word.

import {
  type AnyModel,
  AudiozooError,
  type ModelParts,
  type Parameter,
  type ParameterTree,
} from '@audiozoo/core';
import { storedParameters } from '@audiozoo/core/plugin';
import { type BatchNormMode, trainableBatchNorms } from '../gradient/batch-norms.js';
import { trainableParameters } from '../trainer/stored-parameters.js';

/**
 * `head`: what reads the embedding. `last:N`: the last N blocks, and what follows them. `all`: all that can. `lora:R`: the head,
 * and adapters of rank R beside attention (Hu et al., arXiv:2106.09685).
 */
export type Trainable = 'head' | 'all' | `last:${number}` | `lora:${number}`;

export interface Selection {
  /** Names of parameters, as files hold them. */
  readonly trained: readonly string[];
  readonly adapters?: { readonly beside: readonly Parameter[]; readonly rank: number };
}

/** Throws an `argument` error on what the model has no such part for, and on batch norms to train where there are none. */
export function selectTrained(
  model: AnyModel,
  config: unknown,
  trainable: Trainable,
  batchNorms: BatchNormMode = 'frozen',
): Selection {
  const selection = partsOf(model, config, trainable, batchNorms);
  if (batchNorms === 'frozen') return selection;
  const trained = new Set(selection.trained);
  const norms = trainableBatchNorms(model, config).filter(({ weight }) => trained.has(weight.name));
  if (norms.length > 0) return selection;
  throw new AudiozooError({
    code: 'argument',
    what: `${model.type} has no batch norms that could train with ${trainable}`,
    hint: 'Leave batchNorms out: all that trains, trains without.',
    option: 'batchNorms',
  });
}

function partsOf(
  model: AnyModel,
  config: unknown,
  trainable: Trainable,
  batchNorms: BatchNormMode,
): Selection {
  const all = trainableParameters(model, config, batchNorms).map(({ name }) => name);
  const within = (...trees: readonly ParameterTree[]) => {
    const names = new Set(storedParameters(trees).map(({ name }) => name));
    return all.filter((name) => names.has(name));
  };
  if (trainable === 'all') return { trained: all };
  const refuse = (expected: string, got: string = trainable) =>
    new AudiozooError({
      code: 'argument',
      what: `${model.type} cannot train so`,
      expected,
      got,
      option: 'trainable',
    });
  if (!model.parts) throw refuse('all: it does not say what its parts are');
  const { head, behind, blocks, attention }: ModelParts = model.parts(config);
  if (trainable === 'head') return { trained: within(head) };

  const [kind, number] = trainable.split(':');
  const count = /^\d{1,4}$/.test(number ?? '') ? Number(number) : 0;
  if (kind === 'last') {
    if (count < 1 || count > blocks.length) throw refuse(`last:1 to last:${blocks.length}`);
    return { trained: within(...blocks.slice(-count), behind, head) };
  }
  if (kind !== 'lora') throw refuse('head, last:N, all or lora:R');
  if (attention.length === 0) throw refuse('head, last:N or all: it has no attention');
  const most = Math.min(...attention.flatMap(({ shape }) => shape));
  if (count < 1 || count > most) throw refuse(`lora:1 to lora:${most}`);
  return { trained: within(head), adapters: { beside: attention, rank: count } };
}
