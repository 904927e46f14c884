import { type TfjsDevice, tfjs } from '@audiozoo/backend-web/tfjs';
import { type AnyModel, AudiozooError, type Ops, tensor } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { describeBackend, describeTraining, logitTolerance } from '@audiozoo/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, test } from 'vitest';
import { largestDifference } from './golden-case.js';
import { transformer } from './pages/example.js';

const devices = ['cpu', 'wasm'] as const;

function load(device: TfjsDevice | 'auto', namespace = tf) {
  const { model, weights } = transformer;
  return tfjs({ tf: namespace, device }).load(model, weightsInMemory(weights), { config: undefined });
}

describe.each(devices)('tfjs on %s', (device) => {
  describeBackend({ describe, test }, () => tfjs({ tf, device }));
  describeTraining({ describe, test }, () => tfjs({ tf, device }));

  test('a hundred runs leave no tensor behind, and dispose leaves no weight', async () => {
    await tf.setBackend(device);
    const before = tf.memory();
    const loaded = await load(device);
    const { numTensors, numBytes, numDataBuffers } = tf.memory();
    for (let run = 0; run < 100; run++) await loaded.run(transformer.inputs(2));
    expect(tf.memory()).toMatchObject({ numTensors, numBytes, numDataBuffers });
    await loaded.dispose();
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  test('activations are freed once they are read: depth takes no more memory', async () => {
    const peak = async (depth: number) => {
      const loaded = await tfjs({ tf, device }).load(chain(depth), weightsInMemory({}), {
        config: undefined,
      });
      const run = () => loaded.run({ x: tensor('float32', [1, 1000], new Float32Array(1000)) });
      const { peakBytes } = await tf.profile(run as unknown as () => tf.TensorContainer);
      await loaded.dispose();
      return peakBytes;
    };
    expect(await peak(20)).toBe(await peak(3));
  });
});

test('models on different devices are right side by side, and the page keeps its own', async () => {
  await tf.setBackend('cpu');
  const [onWasm, onCpu] = await Promise.all([load('wasm'), load('cpu')]);
  const runs = await Promise.all(
    [onWasm, onCpu, onWasm, onCpu].map((loaded) => loaded.run(transformer.inputs(2))),
  );
  const [first, ...others] = runs.map(({ logits }) => [...logits!.data]);
  for (const other of others) expect(largestDifference(other, first!)).toBeLessThan(logitTolerance.float32);
  expect(tf.getBackend()).toBe('cpu');
  await onWasm.dispose();
  await onCpu.dispose();
});

describe('choosing a device', () => {
  test('auto takes WebAssembly where there is no WebGPU, and says why', async () => {
    const loaded = await load('auto');
    expect(loaded.device).toBe(`wasm (tfjs ${tf.version_core}; chosen by auto: there is no WebGPU)`);
    await loaded.dispose();
  });

  test('auto takes plain JavaScript when nothing else is imported', async () => {
    const onlyCpu = {
      ...tf,
      findBackendFactory: (name: string) => (name === 'cpu' ? tf.findBackendFactory(name) : null!),
    };
    const loaded = await load('auto', onlyCpu);
    expect(loaded.device).toMatch(/^cpu /);
    await loaded.dispose();
  });

  test('what is not imported is named with the package to import', async () => {
    const nothing = { ...tf, findBackendFactory: () => null! };
    await expect(load('wasm', nothing)).rejects.toThrow(/Import @tensorflow\/tfjs-backend-wasm/);
    await expect(load('auto', nothing)).rejects.toThrow(/backend-webgpu or .*-wasm or .*-cpu/);
  });

  test('webgpu is refused where there is none, with what to do', async () => {
    const error = await load('webgpu').catch((error) => error);
    expect(AudiozooError.isInstance(error, 'device')).toBe(true);
    expect(error.message).toMatch(/no WebGPU here.*Use the device "wasm"/);
  });

  test('an unknown device is refused at once', () => {
    expect(() => tfjs({ tf, device: 'webgl' as 'wasm' })).toThrow(
      /expected auto, webgpu, wasm or cpu, got "webgl"/,
    );
  });
});

/** gelu, over and over. */
function chain(depth: number): AnyModel {
  return {
    ...transformer.model,
    parameters: () => ({}),
    inputs: () => ({ x: { shape: [1000] } }),
    outputs: () => ({ y: { shape: [1000] } }),
    build<T>(ops: Ops<T>, _weights: unknown, { x }: Readonly<Record<string, T>>) {
      let y = x as T;
      for (let layer = 0; layer < depth; layer++) y = ops.gelu(y);
      return { y };
    },
  };
}
