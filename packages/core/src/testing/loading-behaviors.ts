// What backends promise while they load a model.

import type { Backend } from '../backend/backend.js';
import { bytesSource } from '../files/byte-source.js';
import type { AnyModel } from '../model/model.js';
import { parameter } from '../model/parameter.js';
import { quantize, scaleName } from '../model-directory/quantization.js';
import { byteLength, type StoredTensor, type Weights, weightsInMemory } from '../model-directory/weights.js';
import type { DType } from '../tensors/dtype.js';
import { castTensor, type Tensor, tensor } from '../tensors/tensor.js';
import { assert, assertAborts, assertClose, assertRejects } from './assert.js';
import type { BackendBehavior } from './backend-behavior.js';
import {
  type Config,
  config,
  expectedOutputs,
  mapTensors,
  model,
  modelInputs,
  modelTensors,
  withModel,
} from './behaving-model.js';
import type { NamedTensors } from './conformance-case.js';
import { randomTensor } from './random.js';
import { operationTolerance } from './tolerances.js';

function storedAs(dtype: DType): Record<string, Tensor> {
  return mapTensors(modelTensors(), (item) => castTensor(item, dtype));
}

function ones({ shape, data }: Tensor): Tensor<'float32'> {
  return tensor('float32', shape, new Float32Array(data.length).fill(1));
}

/** The shift is stored as half of itself, beside the factor. */
const derivingModel: AnyModel = {
  ...model,
  parameters(its: Config) {
    const tree = model.parameters(its);
    const { name, shape } = tree.layers[0].shift;
    const stored = [parameter(name, shape), parameter('layers.0.factor', [1])];
    const compute = ([half, factor]: readonly Float32Array[]) => half!.map((value) => value * factor![0]!);
    return { ...tree, layers: [{ shift: parameter(name, shape, { derived: { from: stored, compute } }) }] };
  },
};

const ignoringModel: AnyModel = { ...model, ignored: (name) => name.startsWith('optimizer.') };

function halved({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  return tensor(
    'float32',
    shape,
    data.map((value) => value / 2),
  );
}

/** One file with all tensors end to end, the first at an odd byte, as safetensors may have them. */
function packed(tensors: NamedTensors): Weights {
  const parts = Object.entries(tensors).map(([name, item]) => ({ name, item, bytes: byteLength(item) }));
  const file = new Uint8Array(1 + parts.reduce((sum, { bytes }) => sum + bytes, 0));
  const source = bytesSource(file, 'packed');
  const stored = new Map<string, StoredTensor>();
  let offset = 1;
  for (const { name, item, bytes } of parts) {
    file.set(new Uint8Array(item.data.buffer, item.data.byteOffset, bytes), offset);
    stored.set(name, { dtype: item.dtype, shape: item.shape, source, offset });
    offset += bytes;
  }
  return { tensors: stored, async close() {} };
}

export const loadingBehaviors: readonly BackendBehavior[] = [
  {
    name: 'has a name, and says what a model runs on',
    check: (backend) =>
      withModel(backend, async ({ device }) => {
        assert(typeof backend.name === 'string' && backend.name !== '', 'The backend has no name.');
        assert(typeof device === 'string' && device !== '', 'The loaded model names no device.');
      }),
  },
  {
    name: 'refuses missing, unexpected and misshapen weights in one error',
    async check(backend) {
      const { 'projection.bias': _, ...rest } = modelTensors();
      const weights = {
        ...rest,
        'projection.weight': randomTensor([4, 6], 1),
        stranger: randomTensor([2], 1),
      };
      await assertRejects(
        () => backend.load(model, weightsInMemory(weights), { config }),
        ['weights'],
        ['projection.bias', 'stranger', 'projection.weight'],
      );
    },
  },
  ...(['float16', 'bfloat16', 'float64'] as const).map((dtype) => ({
    name: `reads weights stored as ${dtype}`,
    async check(backend: Backend, tolerance: number) {
      const tensors = storedAs(dtype);
      const expected = await expectedOutputs(modelInputs(2), tensors);
      await withModel(
        backend,
        async (loaded) => assertClose(await loaded.run(modelInputs(2)), expected, tolerance),
        weightsInMemory(tensors),
      );
    },
  })),
  ...(
    [
      ['reads weights stored as int8 with a scale for each output channel', (tensors) => tensors],
      [
        'adds up int8 weights and inputs that are as large as they get',
        (tensors) => mapTensors(tensors, ones),
      ],
    ] as [string, (tensors: NamedTensors) => NamedTensors][]
  ).map(([name, change]) => ({
    name,
    async check(backend: Backend, tolerance: number) {
      const floats = change(modelTensors());
      const { integers, scale } = quantize(floats['projection.weight']!);
      const tensors = { ...floats, 'projection.weight': integers, [scaleName('projection.weight')]: scale };
      const inputs = change(modelInputs(2));
      const expected = await expectedOutputs(inputs, tensors);
      const allowed = Math.max(tolerance, operationTolerance.int8);
      await withModel(
        backend,
        async (loaded) => assertClose(await loaded.run(inputs), expected, allowed),
        weightsInMemory(tensors),
      );
    },
  })),
  {
    name: 'refuses int8 weights whose scales are missing',
    async check(backend) {
      const { integers } = quantize(modelTensors()['projection.weight']!);
      const weights = weightsInMemory({ ...modelTensors(), 'projection.weight': integers });
      await assertRejects(
        () => backend.load(model, weights, { config }),
        ['weights'],
        ['projection.weight_scale'],
      );
    },
  },
  {
    name: 'works out derived weights of those that files hold',
    check: (backend, tolerance) =>
      withModel(
        backend,
        async (loaded) =>
          assertClose(await loaded.run(modelInputs(2)), await expectedOutputs(modelInputs(2)), tolerance),
        packed({
          ...modelTensors(),
          'layers.0.shift': halved(modelTensors()['layers.0.shift']!),
          'layers.0.factor': tensor('float32', [1], Float32Array.of(2)),
        }),
        derivingModel,
      ),
  },
  {
    name: 'leaves aside what the model ignores, and nothing else',
    async check(backend, tolerance) {
      const tensors = { ...modelTensors(), 'optimizer.step': randomTensor([2], 1) };
      await withModel(
        backend,
        async (loaded) =>
          assertClose(await loaded.run(modelInputs(2)), await expectedOutputs(modelInputs(2)), tolerance),
        weightsInMemory(tensors),
        ignoringModel,
      );
      await assertRejects(
        () =>
          backend.load(ignoringModel, weightsInMemory({ ...tensors, stranger: randomTensor([2], 2) }), {
            config,
          }),
        ['weights'],
        ['1 unexpected: stranger'],
      );
    },
  },
  {
    name: 'reads weights at any offset of a file that holds several',
    async check(backend, tolerance) {
      const expected = await expectedOutputs(modelInputs(2));
      await withModel(
        backend,
        async (loaded) => assertClose(await loaded.run(modelInputs(2)), expected, tolerance),
        packed(modelTensors()),
      );
    },
  },
  {
    name: 'leaves the weights open, and needs them no more once loaded',
    async check(backend, tolerance) {
      let closed = false;
      const bytes = packed(modelTensors());
      const tensors = [...bytes.tensors].map(([name, stored]): [string, StoredTensor] => {
        const read = (offset: number, length: number) =>
          closed ? Promise.reject(new Error('The weights are closed.')) : stored.source.read(offset, length);
        return [name, { ...stored, source: { ...stored.source, read } }];
      });
      const weights: Weights = {
        tensors: new Map(tensors),
        async close() {
          closed = true;
        },
      };
      const loaded = await backend.load(model, weights, { config });
      assert(!closed, 'The weights are the caller\u2019s to close, but load closed them.');
      await weights.close();
      assertClose(await loaded.run(modelInputs(2)), await expectedOutputs(modelInputs(2)), tolerance);
      await loaded.dispose();
    },
  },
  {
    name: 'stops loading when the signal is aborted',
    async check(backend) {
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      const weights = weightsInMemory(modelTensors());
      await assertAborts(() => backend.load(model, weights, { config, signal }), reason);
    },
  },
  {
    name: 'holds two models of different configs side by side',
    async check(backend, tolerance) {
      const wide: Config = { width: 6 };
      const wideTensors = modelTensors(wide);
      const second = await backend.load(model, weightsInMemory(wideTensors), { config: wide });
      await withModel(backend, async (first) => {
        const wideInputs = modelInputs(1, wide);
        const [narrowResult, wideResult] = [await first.run(modelInputs(1)), await second.run(wideInputs)];
        assertClose(narrowResult, await expectedOutputs(modelInputs(1)), tolerance);
        assertClose(wideResult, await expectedOutputs(wideInputs, wideTensors, wide), tolerance);
      });
      const wideInputs = modelInputs(2, wide);
      const expected = await expectedOutputs(wideInputs, wideTensors, wide);
      assertClose(await second.run(wideInputs), expected, tolerance); // the first one's end is not its own
      await second.dispose();
    },
  },
];
