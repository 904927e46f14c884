import type { Backend } from '../backend/backend.js';
import { checkInputs, checkOutputs, chooseOutputs } from '../backend/model-call.js';
import { AudiozooError } from '../errors.js';
import { readWeights } from '../model-directory/model-weights.js';
import { type Tensor, tensor, toFloat32 } from '../tensors/tensor.js';
import { type ReferenceTensor, referenceOps } from './reference-ops.js';

/** Runs models on the reference operations: slow, exact, and there wherever JavaScript is. For tests. */
export function referenceBackend(): Backend {
  return {
    name: 'reference',
    async load(model, weights, { config, outputs, signal }) {
      const specifications = chooseOutputs(model.outputs(config), outputs);
      const parameters = await readWeights(model, weights, { config, signal }, toReference);
      let disposed = false;
      return {
        device: 'cpu (reference loops)',
        async run(inputs, options = {}) {
          if (disposed) throw new AudiozooError({ code: 'disposed', what: 'the model is disposed' });
          options.signal?.throwIfAborted();
          checkInputs(model.inputs(config), inputs);
          const asked = checkOutputs(specifications, options.outputs);
          const converted = Object.entries(inputs).map(([name, input]) => [name, toReference(input)]);
          const given = Object.fromEntries(converted);
          const built = model.build(referenceOps, parameters, given, config, new Set(asked));
          return Object.fromEntries(asked.map((name) => [name, fromReference(built[name]!)]));
        },
        async dispose() {
          disposed = true;
        },
      };
    },
  };
}

function toReference(source: Tensor): ReferenceTensor {
  return { shape: source.shape, data: Float64Array.from(toFloat32(source)) };
}

function fromReference({ shape, data }: ReferenceTensor): Tensor<'float32'> {
  return tensor('float32', shape, Float32Array.from(data));
}
