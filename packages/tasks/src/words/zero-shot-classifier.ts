// Labels in words, for models that put sound and words into one space.

import { type AnyModel, AudiozooError, type FileStore, type Tensor } from '@audiozoo/core';
import type { FilesLocation } from '@audiozoo/core/files';
import { checkOptions, formatShape, type OptionKinds, parameter, quote } from '@audiozoo/core/plugin';
import type { LocalClassifier } from '../classify/classifier.js';
import { type LoadClassifierOptions, loadAdapted, loadOptionKinds } from '../classify/load-classifier.js';
import { checkTexts, inTemplate } from './check-texts.js';
import { wordReader } from './word-reader.js';

export interface ZeroShotOptions extends Omit<LoadClassifierOptions, 'problemType'> {
  /** What may be heard, in words: `a dog`, `heavy rain`. */
  readonly labels: readonly string[];
  /** What each is put into, in the place of `{}`; as the model's authors have it when absent. */
  readonly template?: string | undefined;
  /**
   * What is heard where none of them is, in words: `background noise`. Labels then stand each for itself, so that several
   * may be heard at once, or none: the score of one is the sigmoid of how much nearer than to these (to their mean) the sound
   * is to it, in the model's scale of logits; 0.5 is as near. Without, labels share the scores among them.
   */
  readonly against?: readonly string[] | undefined;
  /**
   * The labels, then those of `against`, [texts, D], as they were read and kept, `scaled` of `loadWordReader`'s `read`: then
   * no tower of words is loaded, and `template` does nothing.
   */
  readonly words?: Tensor<'float32'> | undefined;
  /** Told what is good to know: labels that were too long to be read to their ends. */
  readonly onNote?: ((note: string) => void) | undefined;
}

const { problemType: _, ...loadKinds } = loadOptionKinds;
export const zeroShotOptionKinds = {
  ...loadKinds,
  labels: 'list',
  against: 'list',
  template: 'string',
  words: 'record',
  onNote: 'function',
} as const satisfies OptionKinds<ZeroShotOptions>;

/**
 * A classifier whose labels are these words: its logits are exp(logit_scale_a) · audio · textᵀ, its scores their softmax,
 * as in transformers' zero-shot-audio-classification pipeline; with `against`, logits less those of that, and sigmoids, which is
 * what `hearEvents` wants. Throws what `loadClassifier` throws, and a `model` error
 * when the model reads no words.
 */
export async function zeroShotClassifier(
  location: FilesLocation | FileStore,
  options: ZeroShotOptions,
): Promise<LocalClassifier> {
  checkOptions('zeroShotClassifier', options, zeroShotOptionKinds);
  const { labels, against, template, words, onNote, ...loading } = options;
  checkTexts('labels', labels);
  if (against) checkTexts('against', against);
  const texts = [...labels, ...(against ?? [])];
  if (template !== undefined && !template.includes('{}')) throw withoutPlace(template);
  if (words && words.shape[0] !== texts.length) throw otherCount(texts.length, words);
  return loadAdapted(location, loading, async (model, files, directory) => {
    if (words) return withWords(model, labels, words);
    const { backend, signal } = loading;
    const reader = await wordReader(model, { files, directory, backend, signal });
    try {
      const frame = template ?? reader.template;
      const { scaled, cut } = await reader.read(texts.map((text) => inTemplate(frame, text)));
      for (const place of cut) onNote?.(`the end of the label ${quote(texts[place]!)} is not read: too long`);
      return withWords(model, labels, scaled);
    } finally {
      await reader.dispose();
    }
  });
}

/** The model with logits for these labels: its embedding · wordsᵀ, less the mean of what they are set against. */
function withWords(model: AnyModel, labels: readonly string[], texts: Tensor<'float32'>): AnyModel {
  const [count, dim] = texts.shape as readonly [number, number];
  const isAgainst = count > labels.length;
  const words = isAgainst ? lessTheOthers(texts, labels.length) : texts;
  return {
    ...model,
    labels: () => labels.map((name) => ({ name })),
    problemType: () => (isAgainst ? 'multi_label_classification' : 'single_label_classification'),
    outputs: (config) => ({ ...model.outputs(config), logits: { shape: [labels.length] } }),
    parameters: (config) => ({
      sound: model.parameters(config),
      words: parameter('audiozoo.words', [labels.length, dim], {
        derived: { from: [], compute: () => words.data },
      }),
    }),
    build(ops, weights, inputs, config, outputs) {
      const built = model.build(ops, weights.sound, inputs, config, new Set([...outputs, 'embedding']));
      return { ...built, logits: ops.linear(built.embedding!, weights.words) };
    },
  };
}

/** The first rows [count, D], less the mean of the others. */
function lessTheOthers({ data, shape }: Tensor<'float32'>, count: number): Pick<Tensor<'float32'>, 'data'> {
  const [rows, dim] = shape as readonly [number, number];
  const mean = new Float64Array(dim);
  for (let at = count * dim; at < rows * dim; at++) mean[at % dim]! += data[at]! / (rows - count);
  return { data: data.slice(0, count * dim).map((value, at) => value - mean[at % dim]!) };
}

function withoutPlace(template: string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'the template has no place for a label',
    expected: 'a text with {} in it, such as "This is a sound of {}."',
    got: quote(template),
    option: 'template',
  });
}

function otherCount(labels: number, { shape }: Tensor): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: '`words` and `labels` do not go together',
    expected: `[${labels}, D]`,
    got: formatShape(shape),
    option: 'words',
  });
}
