// What a model directory is, before its weights are loaded: enough to refuse models that do not go together,
// and to know whether scores of an earlier run are this model's.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnyModel, type Label, openModelDirectory, type ProblemType } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { chooseModel } from '@audiozoo/tasks';

export interface ModelIdentity {
  readonly directory: string;
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  /** Of everything in the directory that has a say in scores. */
  readonly sha256: string;
}

/** Reads a directory's config and the bytes of its weights. Throws as `loadClassifier` does. */
export async function identifyModel(
  directory: string,
  models: readonly AnyModel[],
  signal: AbortSignal,
): Promise<ModelIdentity> {
  const {
    config: json,
    preprocessorConfig,
    weights,
  } = await openModelDirectory(await openFiles(directory), {
    signal,
  });
  await weights.close();
  const model = chooseModel(models, json.model_type);
  const config = model.readConfig(json, preprocessorConfig);

  const hash = createHash('sha256');
  for (const name of (await readdir(directory)).filter((name) => /\.(json|safetensors)$/.test(name)).sort()) {
    hash.update(`${name}\0`);
    for await (const bytes of createReadStream(join(directory, name), { signal })) hash.update(bytes);
  }
  return {
    directory,
    labels: model.labels?.(config) ?? [],
    problemType: model.problemType?.(config) ?? 'single_label_classification',
    sha256: hash.digest('hex'),
  };
}
