// Many sounds: while the model runs, the next are read and their features made.

import { AudiozooError } from '@audiozoo/core';
import { checkOptions, describeValue, type OptionKinds } from '@audiozoo/core/plugin';
import type { AudioSource } from '@audiozoo/features';
import { offeringWindows } from '../sound/clip-length.js';
import { readInput } from '../sound/load-audio.js';
import { type AudioClassifier, checkClassifier } from './classifier.js';
import { checkUnused } from './classify.js';
import {
  type Aggregate,
  type ClassifyOptions,
  classifyOptionKinds,
  type LabelledWindow,
} from './classify-options.js';
import { clipBatches } from './clip-batches.js';
import { inOrder } from './in-order.js';
import { rankLabels, type ScoredLabel, scoresOf } from './scores.js';

export interface ClassifyManyOptions extends Omit<ClassifyOptions, 'onProgress'> {
  /**
   * Clips per run of the model, at most: those that are ready then, none waits for others. 1 when absent: large models
   * gain nothing from more on a CPU. Small models do, and GPUs. With `aggregate` or `hop`, windows per run.
   */
  readonly batch?: number | undefined;
  /**
   * Runs of the model at a time, with the making of their inputs: 2 when absent, one that runs and one that gets
   * ready. A backend with several workers is kept busy by one more than it has.
   */
  readonly concurrency?: number | undefined;
}

const { onProgress: _, ...perSoundKinds } = classifyOptionKinds;
const classifyManyOptionKinds = {
  ...perSoundKinds,
  concurrency: 'count',
} as const satisfies OptionKinds<ClassifyManyOptions>;

/** What `classify` says of one of many sounds, or why it says nothing. */
export type Classified<Item, Labels = ScoredLabel[]> = {
  /** Place in the source, from 0. */
  readonly index: number;
  readonly item: Item;
} & (
  | {
      readonly labels: Labels;
      /** Raw scores [labels] of a clip; undefined where windows were heard. */
      readonly logits: Float32Array | undefined;
      readonly error?: undefined;
    }
  | { readonly labels?: undefined; readonly logits?: undefined; readonly error: unknown }
);

type Classifier = Pick<
  AudioClassifier,
  'frontEnd' | 'labels' | 'problemType' | 'logits' | 'classify' | 'decoders'
>;

/**
 * Classifies many sounds, in their order: whatever `classify` takes, with its options. Reading, features and model
 * overlap. Sounds are taken from the source only as the results are read: memory stays flat however many there are.
 *
 *     for await (const { item, labels, error } of classifyMany(classifier, paths)) …
 *
 * A sound that fails has its error, and the others go on. Throws `argument` errors for options that do not fit,
 * what the source throws, and the signal's reason when aborted.
 */
export function classifyMany<Item extends AudioSource>(
  classifier: Classifier,
  source: Iterable<Item> | AsyncIterable<Item>,
  options: ClassifyManyOptions & { readonly aggregate: 'none' },
): AsyncGenerator<Classified<Item, LabelledWindow[]>, void, undefined>;
export function classifyMany<Item extends AudioSource>(
  classifier: Classifier,
  source: Iterable<Item> | AsyncIterable<Item>,
  options?: ClassifyManyOptions & { readonly aggregate?: Exclude<Aggregate, 'none'> | undefined },
): AsyncGenerator<Classified<Item>, void, undefined>;
export async function* classifyMany<Item extends AudioSource>(
  classifier: Classifier,
  source: Iterable<Item> | AsyncIterable<Item>,
  given: ClassifyManyOptions = {},
): AsyncGenerator<Classified<Item, ScoredLabel[] | LabelledWindow[]>, void, undefined> {
  checkOptions('classifyMany', given, classifyManyOptionKinds);
  checkClassifier(classifier, 'classify');
  const { topK = 5, concurrency = 2, signal, ...options } = given;
  const { aggregate, hop, window, batch = 1, ...audioOptions } = options;
  checkSource(source);
  const byWindows = aggregate !== undefined || hop !== undefined;
  if (!byWindows) checkUnused({ window });

  const left = new AbortController();
  const over = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const { frontEnd, labels, problemType } = classifier;
  const { kernel } = audioOptions;
  const logitsOf = clipBatches(classifier, { batch, concurrency, kernel, signal: over });

  const hearClip = async (item: Item) => {
    const decoders = audioOptions.decoders ?? classifier.decoders;
    const sound = await readInput(item, { ...audioOptions, decoders, signal: over }, frontEnd);
    const logits = await logitsOf(sound);
    return { labels: rankLabels(scoresOf(logits, problemType), labels, topK), logits };
  };
  const hearWindows = async (item: Item) => {
    const asked = { ...options, topK, signal: over };
    const heard = // by one or the other signature of `classify`
      aggregate === 'none'
        ? classifier.classify(item, { ...asked, aggregate })
        : classifier.classify(item, { ...asked, aggregate });
    return { labels: await heard, logits: undefined };
  };
  const outcomes = byWindows
    ? inOrder(source, hearWindows, { ahead: concurrency, signal })
    : inOrder(source, (item) => offeringWindows(() => hearClip(item)), {
        ahead: (concurrency + 1) * batch,
        signal,
      });
  try {
    for await (const outcome of outcomes) {
      const { index, item } = outcome;
      yield 'error' in outcome ? { index, item, error: outcome.error } : { index, item, ...outcome.result };
    }
  } finally {
    left.abort();
  }
}

/** A path is iterable too, letter by letter, and so are samples and bytes. */
function checkSource(source: unknown): void {
  const isObject = typeof source === 'object' && source !== null && !ArrayBuffer.isView(source);
  if (isObject && (Symbol.iterator in source || Symbol.asyncIterator in source)) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'these are not many sounds',
    expected: 'a list or another iterable of them',
    got: describeValue(source),
    hint: 'Use `classify` for one.',
  });
}
