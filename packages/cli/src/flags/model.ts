// `--model`, once or several times.

import { type Backend, type FileStore, openModelDirectory } from '@audiozoo/core';
import { fetchWeights } from '@audiozoo/core/plugin';
import {
  chooseModel,
  type Ensemble,
  ensemble,
  type LoadClassifierOptions,
  loadClassifier,
  type ModelChoice,
  openModelFiles,
} from '@audiozoo/tasks';
import { isFolder } from '../input/path.js';
import { proxiedFetch } from '../input/proxied-fetch.js';
import type { Session } from '../session/session.js';

export const oneModel =
  'a model directory, a name that `models` lists, or a Hugging Face repository, owner/name[@revision]';
export const severalModels = `${oneModel}; of several (--model A --model B), probabilities are averaged`;

export interface OpenModelOptions {
  readonly withWeights?: boolean;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * The files of the model that a person named. What has to come over a network comes now, with a progress bar, its
 * weights once it is certain that there is a plug-in for them.
 */
export async function openModel(
  name: string,
  models: readonly ModelChoice[],
  session: Session,
  { withWeights = true, fetch = proxiedFetch }: OpenModelOptions = {},
): Promise<FileStore> {
  const { signal } = session;
  const progress = (await isFolder(name)) ? undefined : await session.progress();
  try {
    const files = await openModelFiles(name, {
      models,
      signal,
      fetch,
      converters: () => import('@audiozoo/converters'),
      onProgress: (told) => void (told.from !== 'cache' && progress?.update(told)),
    });
    if (withWeights && !(await isFolder(name))) await fetchModel(files, models, signal);
    return files;
  } finally {
    progress?.stop();
  }
}

async function fetchModel(
  files: FileStore,
  models: readonly ModelChoice[],
  signal: AbortSignal,
): Promise<void> {
  const { config, weights } = await openModelDirectory(files, { signal });
  try {
    chooseModel(models, config.model_type);
    await fetchWeights(weights);
  } finally {
    await weights.close();
  }
}

/** The model of a directory, or those of several as an ensemble, after a note on what they run. */
export async function loadModels(
  directories: readonly string[],
  { backend, ...options }: LoadClassifierOptions,
  session: Session,
  load: (files: FileStore, options: LoadClassifierOptions) => Promise<Ensemble> = loadClassifier,
): Promise<Ensemble> {
  const classifiers: Ensemble[] = [];
  try {
    for (const directory of directories) {
      const files = await openModel(directory, options.models, session);
      const classifier = await load(files, {
        ...options,
        backend: breathing(backend, session),
      });
      classifiers.push(classifier);
      session.note(`${directory} on ${classifier.device}`);
    }
    return classifiers.length === 1 ? classifiers[0]! : ensemble(classifiers);
  } catch (error) {
    for (const classifier of classifiers) await classifier.dispose();
    throw error;
  }
}

/** A backend that lets signals in before each run: see `Session.letOthersRun`. */
function breathing(backend: Backend, session: Session): Backend {
  return {
    name: backend.name,
    async load(...given) {
      const loaded = await backend.load(...given);
      return {
        device: loaded.device,
        dispose: () => loaded.dispose(),
        async run(...call) {
          await session.letOthersRun();
          return loaded.run(...call);
        },
      };
    },
  };
}
