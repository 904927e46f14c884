// What a model directory is, before its weights are loaded: enough to refuse models that do not go together,
// and to know whether scores of an earlier run are this model's.

import { createHash } from 'node:crypto';
import {
  type AnyModel,
  type FileStore,
  type Label,
  openModelDirectory,
  type ProblemType,
} from '@audiozoo/core';
import { sourceBlocks } from '@audiozoo/core/plugin';
import { chooseModel } from '@audiozoo/tasks';
import { type OpenModelOptions, openModel } from '../flags/model.js';
import type { Session } from '../session/session.js';

export interface ModelIdentity {
  readonly directory: string;
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  /** Of everything in the directory that has a say in scores. */
  readonly sha256: string;
}

/** Reads a model's config and the bytes of its files. Throws as `loadClassifier` does. */
export async function identifyModel(
  directory: string,
  models: readonly AnyModel[],
  session: Session,
  options?: Pick<OpenModelOptions, 'fetch'>,
): Promise<ModelIdentity> {
  const { signal } = session;
  const files = await openModel(directory, models, session, options);
  const read = new Set<string>();
  const watched: FileStore = {
    name: files.name,
    async open(name) {
      const source = await files.open(name);
      if (source) read.add(name);
      return source;
    },
  };
  const { config: json, preprocessorConfig, weights } = await openModelDirectory(watched, { signal });
  await weights.close();
  const model = chooseModel(models, json.model_type);
  const config = model.readConfig(json, preprocessorConfig);

  const hash = createHash('sha256');
  for (const name of [...read].sort()) {
    hash.update(`${name}\0`);
    const source = (await files.open(name))!;
    try {
      for await (const bytes of sourceBlocks(source, 0, source.size, signal)) hash.update(bytes);
    } finally {
      await source.close();
    }
  }
  return {
    directory,
    labels: model.labels?.(config) ?? [],
    problemType: model.problemType?.(config) ?? 'single_label_classification',
    sha256: hash.digest('hex'),
  };
}
