// Whether the suite sees what it is there to see: backends that break one promise each.

import {
  AudiozooError,
  type Backend,
  type LoadedModel,
  type StoredTensor,
  type Tensor,
  tensor,
} from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { backendBehaviors, operationTolerance, referenceBackend } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { withLoaded, withOperation } from './spoiled-backend.js';

describe('the suite catches a backend that', () => {
  const bad: Record<string, [behavior: string, makeBackend: () => Backend]> = {
    'names no device': [
      'has a name, and says what a model runs on',
      () => withLoaded((loaded) => ({ ...loaded, device: '' })),
    ],
    'reports missing weights alone': [
      'refuses missing, unexpected and misshapen weights in one error',
      () => {
        const { name, load } = referenceBackend();
        return {
          name,
          load: (model, weights, options) => {
            if (weights.tensors.size === 3 && !weights.tensors.has('projection.bias')) {
              throw new AudiozooError({ code: 'weights', what: 'projection.bias is missing' });
            }
            return load(model, weights, options);
          },
        };
      },
    ],
    'takes int8 weights as they are': [
      'reads weights stored as int8 with a scale for each output channel',
      () => {
        const { name, load } = referenceBackend();
        return {
          name,
          load: (model, { tensors, close }, options) => {
            const plain = [...tensors].filter(([its]) => !its.endsWith('_scale'));
            const floats = plain.map(([its, stored]) => [its, asFloats(stored)] as const);
            return load(model, { tensors: new Map(floats), close }, options);
          },
        };
      },
    ],
    'reads weights late': [
      'leaves the weights open, and needs them no more once loaded',
      () => {
        const { name, load } = referenceBackend();
        return {
          name,
          load: async (...call) => ({
            ...(await load(...call)),
            run: async (...inputs) => (await load(...call)).run(...inputs),
          }),
        };
      },
    ],
    'closes the weights': [
      'leaves the weights open, and needs them no more once loaded',
      () => {
        const { name, load } = referenceBackend();
        return {
          name,
          async load(model, weights, options) {
            const loaded = await load(model, weights, options);
            await weights.close();
            return loaded;
          },
        };
      },
    ],
    'ignores the signal of load': [
      'stops loading when the signal is aborted',
      () => {
        const { name, load } = referenceBackend();
        return { name, load: (model, weights, { config }) => load(model, weights, { config }) };
      },
    ],
    'ignores the signal of run': [
      'does not run when the signal is aborted, and goes on without it',
      () =>
        withLoaded((loaded) => ({
          ...loaded,
          run: (inputs, options) => loaded.run(inputs, options?.outputs ? { outputs: options.outputs } : {}),
        })),
    ],
    'returns every output': [
      'returns the outputs asked for and no others',
      () =>
        withLoaded((loaded) => ({
          ...loaded,
          run: (inputs, options) => loaded.run(inputs, options?.signal ? { signal: options.signal } : {}),
        })),
    ],
    'computes every output on request unasked': [
      'refuses an output that it was not loaded with',
      () => {
        const { name, load } = referenceBackend();
        const outputs = ['sum', 'pooled', 'projected'];
        return { name, load: (model, weights, options) => load(model, weights, { ...options, outputs }) };
      },
    ],
    'ignores the outputs of load': [
      'computes the outputs it was loaded with, those on request among them',
      () => {
        const { name, load } = referenceBackend();
        return { name, load: (model, weights, { config }) => load(model, weights, { config }) };
      },
    ],
    'loads for one length when asked for any': [
      'loads for any length, or refuses where it cannot',
      () => {
        const { load, ...rest } = referenceBackend();
        return { ...rest, load: (model, weights, { config }) => load(model, weights, { config }) };
      },
    ],
    'takes any length unasked': [
      'takes the longest inputs only where it is not asked for others',
      () => {
        const { load, ...rest } = referenceBackend();
        return {
          ...rest,
          load: (model, weights, { anyLength = true, ...options }) =>
            load(model, weights, { ...options, anyLength }),
        };
      },
    ],
    'does not say that it takes one length': [
      'loads for any length, or refuses where it cannot',
      () => {
        const { name, load } = referenceBackend();
        return { name, load: (...call) => load(...call) };
      },
    ],
    'takes any input that is large enough': [
      'refuses an input of another size, and goes on with right ones',
      () =>
        withLoaded((loaded) => ({
          ...loaded,
          async run(inputs, options) {
            const { x, ...rest } = inputs as Record<string, Tensor<'float32'>>;
            const size = (x!.shape[0] ?? 1) * 15;
            const cut: Tensor<'float32'> = {
              dtype: 'float32',
              shape: [x!.shape[0] ?? 1, 3, 5],
              data: x!.data.slice(0, size),
            };
            return loaded.run({ x: cut, ...rest }, options);
          },
        })),
    ],
    'writes into its inputs': [
      'leaves its inputs as they were',
      () =>
        withLoaded((loaded) => ({
          ...loaded,
          async run(inputs, options) {
            const outputs = await loaded.run(inputs, options);
            (inputs.x as Tensor<'float32'>).data.fill(0);
            return outputs;
          },
        })),
    ],
    'reads beyond a view': [
      'takes inputs that are part of a larger buffer',
      () =>
        withLoaded((loaded) => ({
          ...loaded,
          run: (inputs, options) =>
            loaded.run(
              Object.fromEntries(
                Object.entries(inputs).map(([name, { shape, data }]) => [
                  name,
                  { dtype: 'float32', shape, data: new Float32Array(data.buffer, 0, data.length) },
                ]),
              ),
              options,
            ),
        })),
    ],
    'reuses its output buffers': [
      'never writes over results it has returned',
      () => {
        const buffers = new Map<string, Float32Array>();
        return withLoaded((loaded) => ({
          ...loaded,
          async run(...call) {
            const outputs = await loaded.run(...call);
            return Object.fromEntries(
              Object.entries(outputs).map(([name, { dtype, shape, data }]) => {
                const key = `${name} ${data.length}`;
                const buffer = buffers.get(key) ?? new Float32Array(data.length);
                buffers.set(key, buffer).get(key)!.set(data);
                return [name, { dtype, shape, data: buffer }];
              }),
            );
          },
        }));
      },
    ],
    'clamps without bounds': [
      'refuses to clamp to nothing',
      () => withOperation(() => ({ clamp: (x) => x })),
    ],
    'scales by what is no number': [
      'refuses to scale by NaN',
      () => withOperation(() => ({ scale: (x) => x })),
    ],
    'runs once disposed': [
      'refuses to run once disposed',
      () => withLoaded((loaded) => ({ ...loaded, async dispose() {} })),
    ],
    'cannot be disposed twice': [
      'may be disposed twice',
      () =>
        withLoaded((loaded) => {
          let disposals = 0;
          return {
            ...loaded,
            async dispose() {
              if (disposals++) throw new Error('double free');
              await loaded.dispose();
            },
          };
        }),
    ],
    'hears of an abort only before it begins': [
      'lets go of runs that are aborted once they are asked for, and goes on with the others',
      () =>
        withLoaded((loaded) => ({
          ...loaded,
          async run(inputs, { signal, ...options } = {}) {
            signal?.throwIfAborted();
            return loaded.run(inputs, options);
          },
        })),
    ],
    'mixes up concurrent runs': [
      'gives each concurrent run its own result',
      () =>
        withLoaded((loaded) => {
          let latest: Parameters<LoadedModel['run']>[0] = {};
          return {
            ...loaded,
            async run(inputs, options) {
              latest = inputs;
              await Promise.resolve();
              return loaded.run(latest, options);
            },
          };
        }),
    ],
    'shares one model among all': [
      'holds two models of different configs side by side',
      () => {
        const { name, load } = referenceBackend();
        let shared: LoadedModel | undefined;
        return {
          name,
          async load(...call) {
            shared = await load(...call);
            const run: LoadedModel['run'] = (...given) => shared!.run(...given);
            return { device: shared.device, run, dispose: () => shared!.dispose() };
          },
        };
      },
    ],
  };

  test.each(Object.entries(bad))('%s', async (_, [behavior, makeBackend]) => {
    const { check } = backendBehaviors.find(({ name }) => name === behavior)!;
    await expect(check(makeBackend(), operationTolerance.float32)).rejects.toThrow();
  });
});

/** What a backend sees that takes the integers for floats, whichever they are. */
function asFloats(stored: StoredTensor): StoredTensor {
  if (stored.dtype !== 'int8') return stored;
  const data = new Float32Array(stored.shape.reduce((product, size) => product * size, 1)).fill(1);
  return weightsInMemory({ floats: tensor('float32', stored.shape, data) }).tensors.get('floats')!;
}
