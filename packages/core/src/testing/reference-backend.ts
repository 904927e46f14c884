import type { Backend, LoadOptions } from '../backend/backend.js';
import { loadedModel, type Runner } from '../backend/loaded-model.js';
import type { AnyModel } from '../model/model.js';
import { readWeights } from '../model-directory/model-weights.js';
import { readParameter, type Weights } from '../model-directory/weights.js';
import { castTensor, type Tensor, tensor } from '../tensors/tensor.js';
import { loadedStep, stepTensors } from '../training/loaded-step.js';
import { type ReferenceTensor, referenceOps } from './reference-ops.js';
import { referenceTrainingOps } from './reference-training-ops.js';

/** Runs models on the reference operations: slow, exact, and there wherever JavaScript is. For tests. */
export function referenceBackend(): Backend {
  return {
    name: 'reference',
    anyLength: true,
    load: (model, weights, options) =>
      loadedModel(model, options, () => open(model, weights, options), { anyLength: true }),
    train: (step, weights, options = {}) =>
      loadedStep(step, weights, options, async () => {
        const tensors = stepTensors(step, weights);
        const stored = new Map<string, ReferenceTensor>();
        for (const each of step.parameters) {
          stored.set(each.name, toReference(await readParameter(each, { tensors })));
        }
        return {
          device: 'cpu (reference loops)',
          run(inputs, trained) {
            const changed = Array.from(trained, ([name, data]): [string, ReferenceTensor] => [
              name,
              { shape: stored.get(name)!.shape, data: Float64Array.from(data) },
            ]);
            const given = Object.entries(inputs).map(([name, input]) => [name, toReference(input)]);
            const built = step.build(
              referenceTrainingOps,
              new Map([...stored, ...changed]),
              Object.fromEntries(given),
            );
            const results = Object.keys(step.outputs).map((name) => [name, fromReference(built[name]!)]);
            return Object.fromEntries(results);
          },
        };
      }),
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
