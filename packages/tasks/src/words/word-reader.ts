// Texts in the space of sounds, by the tower of words that a model declares.

import {
  type AnyModel,
  AudiozooError,
  type Backend,
  type FileStore,
  type LoadedModel,
  type ModelDirectory,
  openModelDirectory,
  type Tensor,
  tensor,
} from '@audiozoo/core';
import { type FetchOptions, type FilesLocation, fetchOptionKinds } from '@audiozoo/core/files';
import { checkBackend, checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import { checkModelChoices, chooseModel, loadedPlugin, type ModelChoice } from '../classify/choose-model.js';
import type { Converters } from '../classify/converters.js';
import { filesAt } from '../classify/load-classifier.js';
import { checkFiniteOutput } from '../classify/scores.js';
import { checkTexts } from './check-texts.js';

/** Texts per run: alike in length, so that few are padded much. */
const textsPerRun = 32;

export interface WordReaderOptions extends FetchOptions {
  /** Model plug-ins to choose from, or where to load them from, by the `model_type` of config.json. */
  readonly models: readonly ModelChoice[];
  readonly backend: Backend;
  /** Converts published checkpoints that are files of other programs: `() => import('@audiozoo/converters')`. */
  readonly converters?: Converters | undefined;
}

export interface ReadWords {
  /** [texts, D], each of length 1, as the sound's `embedding`: what is worth keeping for a search. */
  readonly embedding: Tensor<'float32'>;
  /** [texts, D], the same times the model's scale of logits: what `zeroShotClassifier` takes as `words`. */
  readonly scaled: Tensor<'float32'>;
  /** Places of the texts that were longer than the model reads and lost their ends. */
  readonly cut: readonly number[];
}

export interface WordReader {
  readonly device: string;
  /** What a label is put into, in the place of `{}`. */
  readonly template: string;
  read(texts: readonly string[]): Promise<ReadWords>;
  /** Frees the model. */
  dispose(): Promise<void>;
}

export const wordReaderOptionKinds = {
  ...fetchOptionKinds,
  models: 'any',
  backend: 'any',
  converters: 'function',
} as const satisfies OptionKinds<WordReaderOptions>;

/**
 * Makes the tower of words of a model directory ready to read texts. Throws what `loadClassifier` throws, and a `model`
 * error when the model reads no words.
 */
export async function loadWordReader(
  location: FilesLocation | FileStore,
  options: WordReaderOptions,
): Promise<WordReader> {
  checkOptions('loadWordReader', options, wordReaderOptionKinds);
  const { models, backend, signal } = options;
  checkModelChoices(models);
  checkBackend(backend);
  const files = await filesAt(location, options);
  const directory = await openModelDirectory(files, { signal });
  try {
    const model = await loadedPlugin(chooseModel(models, directory.config.model_type));
    const reader = await wordReader(model, { files, directory, backend, signal });
    return {
      ...reader,
      async dispose() {
        await reader.dispose();
        await directory.weights.close();
      },
    };
  } catch (error) {
    await directory.weights.close();
    throw error;
  }
}

/** The same over a directory that is open, and stays the caller's to close once the reader is disposed of. */
export async function wordReader(
  model: AnyModel,
  {
    files,
    directory: { config, preprocessorConfig, weights },
    backend,
    signal,
  }: {
    readonly files: FileStore;
    readonly directory: ModelDirectory;
    readonly backend: Backend;
    readonly signal: AbortSignal | undefined;
  },
): Promise<WordReader> {
  const tower = await model.textTower?.();
  if (!tower) {
    throw new AudiozooError({
      code: 'model',
      what: `${model.type} reads no words`,
      expected: 'a model with towers for sound and for words',
      hint: 'Use its own labels, or take a model whose plug-in has a `textTower`.',
      details: { missing: 'words' },
    });
  }
  const tokenize = await tower.tokenizer(files);
  const stored: unknown = tower.model.readConfig(config, preprocessorConfig);
  let form: { readonly key: string; readonly loaded: LoadedModel } | undefined;

  /** The model for texts of a size; one is kept. */
  const load = async (size: object): Promise<LoadedModel> => {
    const key = JSON.stringify(size);
    if (form?.key === key) return form.loaded;
    await form?.loaded.dispose();
    form = undefined;
    const sized = tower.model.resizing?.config(stored, { ...size }) ?? stored;
    const outputs = ['embedding', 'scaled'];
    form = { key, loaded: await backend.load(tower.model, weights, { config: sized, outputs, signal }) };
    return form.loaded;
  };

  const readNow = async (texts: readonly string[]): Promise<ReadWords> => {
    const order = [...texts.keys()].sort((a, b) => texts[a]!.length - texts[b]!.length || a - b);
    const cut: number[] = [];
    const found = { embedding: new Float32Array(0), scaled: new Float32Array(0) }; // [texts, D]
    let dim = 0;
    for (let at = 0; at < order.length; at += textsPerRun) {
      signal?.throwIfAborted();
      const places = order.slice(at, at + textsPerRun);
      const tokens = tokenize(places.map((place) => texts[place]!));
      cut.push(...tokens.cut.map((index) => places[index]!));
      const result = await (await load(tokens.size)).run(tokens.inputs, { signal });
      for (const name of ['embedding', 'scaled'] as const) {
        const { data, shape } = result[name]!;
        checkFiniteOutput(data);
        dim = shape[1]!;
        if (found[name].length === 0) found[name] = new Float32Array(texts.length * dim);
        places.forEach((place, row) => {
          found[name].set(data.subarray(row * dim, (row + 1) * dim), place * dim);
        });
      }
    }
    const rows = (data: Float32Array) => tensor('float32', [texts.length, dim], data);
    return {
      embedding: rows(found.embedding),
      scaled: rows(found.scaled),
      cut: cut.sort((a, b) => a - b),
    };
  };

  // One after the other: they share the model's one form.
  let latest: Promise<unknown> = Promise.resolve();
  return {
    device: (await load(tokenize(['']).size)).device,
    template: tower.template,
    read(texts) {
      checkTexts('texts', texts);
      const reading = latest.then(() => readNow(texts));
      latest = reading.catch(() => undefined);
      return reading;
    },
    async dispose() {
      await latest;
      await form?.loaded.dispose();
      form = undefined;
    },
  };
}
