// How near a sound is to words, for models that put both into one space.

import { AudiozooError, type ProblemType } from '@audiozoo/core';
import { averageScores, rankLabels, type ScoredLabel, scoresOf, type WordReader } from '@audiozoo/tasks';
import type { Classifier } from './classifier.js';
import type { WordsQuery } from './schemas.js';

/** What was read of the words of one request. */
interface Words {
  /** For each label, then each of those that they stand against, its numbers; one after the other. */
  readonly data: Float32Array;
  readonly dim: number;
}

/** Lists of words that are kept once they have been read: many clips are asked about the same. */
const mostKept = 32;

/** How one sound is scored. The classifier and the reader, of one model, stay the caller's to dispose. */
export function wordScorer(classifier: Pick<Classifier, 'embed'>, reader: WordReader) {
  const kept = new Map<string, Promise<Words>>();

  async function read(texts: readonly string[]): Promise<Words> {
    const { scaled, cut } = await reader.read(texts);
    if (cut.length > 0) throw tooLong(cut.map((place) => texts[place]!));
    return { data: scaled.data, dim: scaled.shape[1]! };
  }

  function remembered(texts: readonly string[]): Promise<Words> {
    const key = JSON.stringify(texts);
    const known = kept.get(key);
    kept.delete(key);
    const words = known ?? read(texts);
    kept.set(key, words);
    words.catch(() => kept.delete(key));
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
    return words;
  }

  /** As `zeroShotClassifier` scores it. Throws `argument` errors for words that cannot be read. */
  return async (
    sound: Parameters<Classifier['embed']>[0],
    query: Pick<WordsQuery, 'label' | 'against' | 'template' | 'topK' | 'aggregate' | 'window' | 'hop'>,
    signal: AbortSignal,
  ): Promise<ScoredLabel[]> => {
    const { label: labels, against = [], template = reader.template, topK, aggregate, window, hop } = query;
    const texts = [...labels, ...against].map((text) => template.replaceAll('{}', () => text));
    const words = await remembered(texts);
    signal.throwIfAborted();
    const problemType = against.length > 0 ? 'multi_label_classification' : 'single_label_classification';
    const scores = (embedding: Float32Array) =>
      scoresOf(nearness(embedding, words, labels.length), problemType satisfies ProblemType);
    const named = labels.map((name) => ({ name }));
    if (aggregate === undefined && hop === undefined) {
      return rankLabels(scores(await classifier.embed(sound, { window, signal })), named, topK);
    }
    const windows = await classifier.embed(sound, { aggregate: 'none', window, hop, signal });
    const all = windows.map(({ embedding }) => scores(embedding));
    const together =
      aggregate === 'max'
        ? Float64Array.from(labels, (_, index) => Math.max(...all.map((scores) => scores[index]!)))
        : averageScores(
            all,
            windows.map(({ start, end }) => end - start),
          );
    return rankLabels(together, named, topK);
  };
}

export type WordScorer = ReturnType<typeof wordScorer>;

/** The embedding times each label's numbers, less the mean of those that it stands against. */
function nearness(embedding: Float32Array, { data, dim }: Words, labels: number): Float32Array {
  const products = Float64Array.from({ length: data.length / dim }, (_, row) => {
    let sum = 0;
    for (let at = 0; at < dim; at++) sum += embedding[at]! * data[row * dim + at]!;
    return sum;
  });
  const others = products.subarray(labels);
  const mean = others.reduce((sum, product) => sum + product / others.length, 0);
  return Float32Array.from(products.subarray(0, labels), (product) => product - mean);
}

function tooLong(texts: readonly string[]): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'a label is longer than the model reads',
    got: texts.map((text) => JSON.stringify(text)).join(', '),
    option: ['label', 'against'],
  });
}
