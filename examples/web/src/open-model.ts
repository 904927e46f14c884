// Each model lives in a worker of its own and ends with it: the memory of WebAssembly only ever grows, and
// runtimes hold on to the device that they were started with.

import type { ConversionOptions } from '@audiozoo/core';
import type { FileProgress } from '@audiozoo/core/files';
import { connectClassifier, type RemoteClassifier } from '@audiozoo/tasks';
import { nameOfChoice, type RuntimeChoice } from './runtime-choice.js';

export type BundledName = keyof typeof BUNDLED_MODELS;

export type ModelSource =
  | { readonly kind: 'bundled'; readonly name: BundledName }
  | { readonly kind: 'folder'; readonly files: readonly File[] }
  /** Published, or `owner/name@revision` on Hugging Face. */
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'checkpoint'; readonly file: File; readonly conversion: ConversionOptions };

export interface OpenModel {
  readonly source: ModelSource;
  readonly choice: RuntimeChoice;
  readonly classifier: RemoteClassifier;
  /** Ends it at once; calls under way reject. */
  close(): void;
}

export interface OpenModelOptions {
  /** Aborting ends the loading at once. */
  readonly signal: AbortSignal;
  onProgress(progress: FileProgress): void;
}

/** Loads a model. Throws as the loading and the backend do. */
export async function openModel(
  source: ModelSource,
  choice: RuntimeChoice,
  { signal, onProgress }: OpenModelOptions,
): Promise<OpenModel> {
  const worker = new Worker(new URL('./classifier-worker.ts', import.meta.url), {
    type: 'module',
    name: 'classifier',
  });
  const models = connectClassifier(worker);
  const close = () => {
    models.close();
    worker.terminate();
  };
  signal.addEventListener('abort', close);
  try {
    const classifier = await models.load(locationOf(source), {
      device: nameOfChoice(choice),
      onProgress,
      ...(source.kind === 'bundled' && { integrity: BUNDLED_MODELS[source.name].integrity }),
      ...(source.kind === 'checkpoint' && { conversion: source.conversion }),
    });
    return { source, choice, classifier, close };
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
  }
}

const bundledTitles: Readonly<Record<BundledName, string>> = {
  'spoken-digits': 'Spoken digits',
  'ten-sounds': 'Ten sounds',
};

/** What to call it on the page. */
export function nameOfModel(source: ModelSource): string {
  if (source.kind === 'bundled') return bundledTitles[source.name];
  if (source.kind === 'checkpoint') return source.file.name;
  if (source.kind === 'named') return source.name;
  const folder = source.files.map(({ webkitRelativePath }) => webkitRelativePath.split('/')[0]).find(Boolean);
  return folder ?? 'A model folder';
}

function locationOf(source: ModelSource): string | URL | readonly File[] | File {
  if (source.kind === 'named') return source.name;
  if (source.kind === 'bundled') return new URL(BUNDLED_MODELS[source.name].path, document.baseURI);
  return source.kind === 'folder' ? source.files : source.file;
}
