import type { Backend, LoadOptions } from '../backend/backend.js';
import { loadedModel, type Runner } from '../backend/loaded-model.js';
import type { AnyModel } from '../model/model.js';
import { readWeights } from '../model-directory/model-weights.js';
import type { Weights } from '../model-directory/weights.js';
import { castTensor, type Tensor, tensor } from '../tensors/tensor.js';
import { type ReferenceTensor, referenceOps } from './reference-ops.js';

/** Runs models on the reference operations: slow, exact, and there wherever JavaScript is. For tests. */
export function referenceBackend(): Backend {
  return {
    name: 'reference',
    anyLength: true,
    load: (model, weights, options) =>
      loadedModel(model, options, () => open(model, weights, options), { anyLength: true }),
  };
}

async function open(model: AnyModel, weights: Weights, options: LoadOptions): Promise<Runner> {
  const parameters = await readWeights(model, weights, options, toReference);
  return {
    device: 'cpu (reference loops)',
    run(inputs, names) {
      const converted = Object.entries(inputs).map(([name, input]) => [name, toReference(input)]);
      const given = Object.fromEntries(converted);
      const built = model.build(referenceOps, parameters, given, options.config, new Set(names));
      return Object.fromEntries(names.map((name) => [name, fromReference(built[name]!)]));
    },
  };
}

function toReference(source: Tensor): ReferenceTensor {
  return { shape: source.shape, data: castTensor(source, 'float64').data };
}

function fromReference({ shape, data }: ReferenceTensor): Tensor<'float32'> {
  return tensor('float32', shape, Float32Array.from(data));
}
