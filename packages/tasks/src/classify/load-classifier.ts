import {
  type AnyModel,
  AudiozooError,
  type Backend,
  type FileStore,
  type InputSize,
  type ModelDirectory,
  type ModelInput,
  openModelDirectory,
  type ProblemType,
} from '@audiozoo/core';
import { type FetchOptions, type FilesLocation, fetchOptionKinds } from '@audiozoo/core/files';
import { canDo, checkBackend, checkOptions, modelForm, type OptionKinds } from '@audiozoo/core/plugin';
import type { SoundDecoder } from '@audiozoo/features/audio';
import type { StoredModel } from '../sound/input-lengths.js';
import { resizedConfig, withUsual } from '../sound/input-size.js';
import { audioClassifier } from './audio-classifier.js';
import { checkModelChoices, chooseModel, loadedPlugin, type ModelChoice } from './choose-model.js';
import type { LocalClassifier } from './classifier.js';
import type { Converters } from './converters.js';
import { type OpenModelFilesOptions, openModelFiles } from './open-model-files.js';

/** `signal` also stops reading and loading; the rest of `FetchOptions` concerns what comes over a network. */
export interface LoadClassifierOptions extends FetchOptions {
  /** Model plug-ins to choose from, or where to load them from, by the `model_type` of config.json. */
  readonly models: readonly ModelChoice[];
  readonly backend: Backend;
  /** How logits become scores, where config.json should not decide. */
  readonly problemType?: ProblemType | undefined;
  /** Another size of the input than the model's files say, by the names that it declares, where it does: `frames`. */
  readonly size?: InputSize | undefined;
  /**
   * Runs each clip in the shortest of a few lengths that holds it, where the model takes others than its own. That is
   * less work for short clips, but each length is a model loaded by itself once it is needed, and scores differ from
   * those of the padded clip that the model was trained with. Where a model is trained for clips of every length, it is
   * so unless this is false; one loaded model then runs all, if the backend can.
   */
  readonly autoLength?: boolean | undefined;
  /**
   * `waveform` gives the model the sound itself and computes the features where it runs, for models that can; the
   * labels are the same. `features`, made by its front end in JavaScript, when absent.
   */
  readonly input?: ModelInput | undefined;
  /** Outputs to compute beside the usual ones, for `outputs`: what a model shows on request only. */
  readonly outputs?: readonly string[] | undefined;
  /** What to decode compressed sound with, such as @audiozoo/codecs makes, where a call says nothing else. */
  readonly decoders?: readonly SoundDecoder[] | undefined;
  /** Converts published checkpoints that are files of other programs: `() => import('@audiozoo/converters')`. */
  readonly converters?: Converters | undefined;
}

export type ClassifierOfOptions = Pick<
  LoadClassifierOptions,
  'backend' | 'problemType' | 'autoLength' | 'outputs' | 'decoders' | 'signal'
>;

const problemTypes = {
  choices: ['multi_label_classification', 'single_label_classification'] satisfies ProblemType[],
};

/** Those that are neither plug-ins nor functions, and so can be posted to a worker. */
export const plainLoadOptionKinds = {
  problemType: problemTypes,
  size: 'record',
  autoLength: 'boolean',
  input: { choices: ['features', 'waveform'] satisfies ModelInput[] },
  cache: 'boolean',
  integrity: 'record',
  base: 'string',
} as const;

export const loadOptionKinds = {
  ...fetchOptionKinds,
  ...plainLoadOptionKinds,
  models: 'any',
  backend: 'any',
  outputs: 'list',
  decoders: 'list',
  converters: 'function',
} as const satisfies OptionKinds<LoadClassifierOptions>;

/**
 * Opens a model directory (Hugging Face's form) and makes it ready to classify: a folder, an http(s)
 * address, a name that one of the models publishes, a Hugging Face repository (`owner/name@revision`), files that
 * a person dropped, or any other `FileStore`, such as a checkpoint that was just converted into memory. Throws `file`, `model`, `safetensors` and `weights` errors when the directory
 * cannot be used, `device` errors when the backend lacks what was asked of it.
 */
export async function loadClassifier(
  location: FilesLocation | FileStore,
  options: LoadClassifierOptions,
): Promise<LocalClassifier> {
  checkOptions('loadClassifier', options, loadOptionKinds);
  return loadAdapted(location, options);
}

/** The same with the model that `adapt` makes of the plug-in, once the directory is open. */
export async function loadAdapted(
  location: FilesLocation | FileStore,
  options: LoadClassifierOptions,
  adapt = async (model: AnyModel, _files: FileStore, _directory: ModelDirectory) => model,
): Promise<LocalClassifier> {
  const {
    models,
    backend,
    problemType,
    size = {},
    autoLength,
    input = 'features',
    outputs,
    decoders,
    converters,
    ...fetchOptions
  } = options;
  checkModelChoices(models);
  checkBackend(backend);
  const { signal, integrity = {} } = fetchOptions;
  signal?.throwIfAborted();
  const files = await filesAt(location, { models, converters, ...fetchOptions });
  const opened = new Set<string>();
  const watched: FileStore = {
    name: files.name,
    open(name) {
      opened.add(name);
      return files.open(name);
    },
  };
  const directory = await openModelDirectory(watched, { signal });
  try {
    const plugin = await loadedPlugin(chooseModel(models, directory.config.model_type));
    const chosen = await adapt(plugin, watched, directory);
    checkIntegrityNames(integrity, opened);
    const read: unknown = chosen.readConfig(directory.config, directory.preprocessorConfig);
    const stored: unknown = (await chosen.completeConfig?.(read)) ?? read;
    const model = await modelForm(chosen, input);
    const { weights } = directory;
    const config = resizedConfig(model, stored, size);
    const loading = { backend, problemType, autoLength, outputs, decoders, signal };
    return await classifierOf({ model, config, weights }, loading);
  } catch (error) {
    await directory.weights.close();
    throw error;
  }
}

/**
 * A classifier of a model whose config is read and whose weights are open: they are its own from here on, unless this throws. Throws
 * what the backend throws.
 */
export async function classifierOf(
  { model, config, weights }: StoredModel,
  { backend, problemType, autoLength, outputs, decoders, signal }: ClassifierOfOptions,
): Promise<LocalClassifier> {
  if (autoLength ?? model.resizing?.everyLength) {
    const { classifierOfLengths } = await import('../sound/input-lengths.js');
    const lengths = { backend, problemType, outputs, decoders, signal };
    return classifierOfLengths({ model, config, weights }, lengths);
  }
  const loading = { config, outputs: withUsual(model.outputs(config), outputs), signal };
  const loaded = await backend.load(model, weights, loading);
  const classifier = audioClassifier(model, config, loaded, { problemType, decoders });
  await weights.close();
  return classifier;
}

/** The files of a location; a store is one already. */
export async function filesAt(
  location: FilesLocation | FileStore,
  { models, converters, signal, cache, integrity, base, fetch, onProgress }: OpenModelFilesOptions,
): Promise<FileStore> {
  if (isFileStore(location)) return location;
  return openModelFiles(location, { models, converters, signal, cache, integrity, base, fetch, onProgress });
}

function isFileStore(location: FilesLocation | FileStore): location is FileStore {
  return canDo(location, 'open');
}

/** A misspelt name would leave its file unchecked without a word. */
function checkIntegrityNames(integrity: Readonly<Record<string, string>>, opened: ReadonlySet<string>): void {
  const unknown = Object.keys(integrity).filter((name) => !opened.has(name));
  if (unknown.length === 0) return;
  throw new AudiozooError({
    code: 'argument',
    what: '`integrity` names files that the model does not have',
    option: 'integrity',
    expected: [...opened].join(', '),
    got: unknown.join(', '),
  });
}
