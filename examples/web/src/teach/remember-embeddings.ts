// What a model made of a clip, kept: when a clip is added, or a label changes, only what is new is heard. Only the head trains, so
// that embeddings stay what they are.

import type { Backend, Inputs, LoadedModel, Outputs } from '@audiozoo/core';
import { createSha256 } from '@audiozoo/core/plugin';

/** A backend for one model, which stays loaded, whatever its head. `forget` frees it. */
export interface RememberingBackend extends Backend {
  forget(): Promise<void>;
}

/** Throws what `backend` throws. */
export function rememberEmbeddings(backend: Backend): RememberingBackend {
  const models = new Map<string, Promise<LoadedModel>>();
  const embeddings = new Map<string, Outputs>();

  return {
    ...backend,
    async load(model, weights, options) {
      const sizes = JSON.stringify([model.inputs(options.config), options.anyLength]);
      const loading = models.get(sizes) ?? backend.load(model, weights, options);
      models.set(sizes, loading);
      loading.catch(() => models.delete(sizes)); // the next may have more luck
      const loaded = await loading;
      return {
        device: loaded.device,
        async run(inputs, options = {}) {
          if (options.outputs?.join() !== 'embedding') return loaded.run(inputs, options);
          const key = keyOf(inputs);
          const known = embeddings.get(key) ?? (await loaded.run(inputs, options));
          embeddings.set(key, known);
          return known;
        },
        async dispose() {},
      };
    },
    async forget() {
      const loaded = await Promise.allSettled(models.values());
      models.clear();
      embeddings.clear();
      await Promise.all(loaded.map((each) => each.status === 'fulfilled' && each.value.dispose()));
    },
  };
}

function keyOf(inputs: Inputs): string {
  const hash = createSha256();
  for (const [name, { shape, data }] of Object.entries(inputs)) {
    hash.update(new TextEncoder().encode(`${name} ${shape}`));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest();
}
