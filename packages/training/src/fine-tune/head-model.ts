// The head of a model by itself, which reads embeddings that were worked out once.

import { type AnyModel, AudiozooError, type ModelParts } from '@audiozoo/core';

/** The input of the head's model: [B, D]. */
export const embeddingInput = 'embedding';

/** Throws an `argument` error where the model does not say how its head reads embeddings. */
export function headModel(model: AnyModel): AnyModel {
  const partsOf = (config: unknown): ModelParts & Required<Pick<ModelParts, 'classify'>> => {
    const parts = model.parts?.(config);
    if (parts?.classify) return { ...parts, classify: parts.classify };
    throw new AudiozooError({
      code: 'argument',
      what: `the head of ${model.type} does not train by itself`,
      expected: 'a model that tells classes apart by its embedding',
      option: 'trainable',
    });
  };
  return {
    type: `the head of ${model.type}`,
    readConfig: model.readConfig,
    parameters: (config) => partsOf(config).head,
    parts: (config) => ({ blocks: [], behind: undefined, head: partsOf(config).head, attention: [] }),
    ignored: () => true, // the rest of the model
    inputs: (config) => ({ [embeddingInput]: { shape: model.outputs(config).embedding!.shape } }),
    outputs: (config) => ({ logits: model.outputs(config).logits! }),
    build: (ops, weights, inputs, config) => ({
      logits: partsOf(config).classify(ops, weights, inputs[embeddingInput]!),
    }),
    frontEnd: model.frontEnd,
    ...(model.labels && { labels: model.labels }),
  };
}
