// What backends promise besides right numbers. Each behaviour gets a backend of its own.

import type { Backend, LoadedModel } from '../backend.js';
import { bytesSource } from '../byte-source.js';
import type { DType } from '../dtype.js';
import type { AnyModel } from '../model.js';
import { parameter } from '../parameter.js';
import { quantise, scaleName } from '../quantisation.js';
import { castTensor, type Tensor, tensor, toFloat32 } from '../tensor.js';
import { byteLength, type StoredTensor, type Weights, weightsInMemory } from '../weights.js';
import { assert, assertAborts, assertClose, assertRejects } from './assert.js';
import { type NamedTensors, soundlessModel } from './conformance-case.js';
import { randomTensor } from './random.js';
import { referenceBackend } from './reference-backend.js';
import { operationTolerance } from './tolerances.js';

export interface BackendBehaviour {
  readonly name: string;
  /** Throws a plain Error when the backend does not behave so. */
  check(backend: Backend, tolerance: number): Promise<void>;
}

interface Config {
  readonly width: number;
}

/** Two inputs, two outputs and one on request, a config, parameters in a nested tree with one that is absent. */
const model: AnyModel = {
  ...soundlessModel,
  parameters: ({ width }: Config) => ({
    absent: undefined,
    projection: {
      weight: parameter('projection.weight', [width, 5], { quantisable: true }),
      bias: parameter('projection.bias', [width]),
    },
    layers: [{ shift: parameter('layers.0.shift', [3, width]) }],
  }),
  inputs: ({ width }: Config) => ({ x: { shape: [3, 5] }, y: { shape: [3, width] } }),
  outputs: ({ width }: Config) => ({
    sum: { shape: [3, width] },
    pooled: { shape: [width] },
    projected: { shape: [3, width], onRequest: true },
  }),
  build(ops, weights, { x, y }, _, outputs) {
    const projected = ops.linear(x!, weights.projection.weight, weights.projection.bias);
    const sum = ops.add(ops.add(projected, y!), weights.layers[0].shift); // [B, 3, width]
    return { sum, pooled: ops.mean(sum, 1), ...(outputs.has('projected') && { projected }) };
  },
};

const config: Config = { width: 4 };

function modelTensors({ width }: Config = config): NamedTensors {
  return {
    'projection.weight': randomTensor([width, 5], 1),
    'projection.bias': randomTensor([width], 2),
    'layers.0.shift': randomTensor([3, width], 3),
  };
}

function modelInputs(batch: number, { seed = 7, width = config.width } = {}): NamedTensors {
  return { x: randomTensor([batch, 3, 5], seed), y: randomTensor([batch, 3, width], seed + 1) };
}

async function expectedOutputs(
  inputs: NamedTensors,
  tensors: Readonly<Record<string, Tensor>> = modelTensors(),
  its: Config = config,
  outputs?: readonly string[],
): Promise<NamedTensors> {
  const oracle = await referenceBackend().load(model, weightsInMemory(tensors), { config: its, outputs });
  return oracle.run(inputs);
}

/** Loads the model, hands it to `use`, and disposes it whatever happens. */
async function withModel(
  backend: Backend,
  use: (loaded: LoadedModel) => Promise<void>,
  weights: Weights = weightsInMemory(modelTensors()),
): Promise<void> {
  const loaded = await backend.load(model, weights, { config });
  try {
    await use(loaded);
  } finally {
    await loaded.dispose();
  }
}

function storedAs(dtype: DType): Record<string, Tensor> {
  return mapTensors(modelTensors(), (item) => castTensor(item, dtype));
}

function mapTensors<Result>(
  tensors: Readonly<Record<string, Tensor>>,
  make: (tensor: Tensor) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(tensors).map(([name, item]) => [name, make(item)]));
}

function ones({ shape, data }: Tensor): Tensor<'float32'> {
  return tensor('float32', shape, new Float32Array(data.length).fill(1));
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

const loading: readonly BackendBehaviour[] = [
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
      const { integers, scale } = quantise(floats['projection.weight']!);
      const tensors = { ...floats, 'projection.weight': integers, [scaleName('projection.weight')]: scale };
      const inputs = change(modelInputs(2));
      const expected = await expectedOutputs(inputs, tensors);
      const least = Math.max(tolerance, operationTolerance.int8);
      await withModel(
        backend,
        async (loaded) => assertClose(await loaded.run(inputs), expected, least),
        weightsInMemory(tensors),
      );
    },
  })),
  {
    name: 'refuses int8 weights whose scales are missing',
    async check(backend) {
      const { integers } = quantise(modelTensors()['projection.weight']!);
      const weights = weightsInMemory({ ...modelTensors(), 'projection.weight': integers });
      await assertRejects(
        () => backend.load(model, weights, { config }),
        ['weights'],
        ['projection.weight_scale'],
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

const running: readonly BackendBehaviour[] = [
  {
    name: 'takes batches of changing sizes',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        for (const batch of [1, 4, 2, 1]) {
          assertClose(
            await loaded.run(modelInputs(batch)),
            await expectedOutputs(modelInputs(batch)),
            tolerance,
          );
        }
      }),
  },
  {
    name: 'gives each concurrent run its own result',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        const inputs = [1, 2, 3, 4, 5, 6].map((seed) => modelInputs((seed % 3) + 1, { seed: 10 * seed }));
        const results = await Promise.all(inputs.map((each) => loaded.run(each)));
        for (const [index, each] of inputs.entries()) {
          assertClose(results[index]!, await expectedOutputs(each), tolerance);
        }
      }),
  },
  {
    name: 'returns the outputs asked for and no others',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        const { sum, pooled } = await expectedOutputs(modelInputs(2));
        const run = (...outputs: string[]) => loaded.run(modelInputs(2), { outputs });
        assertClose(await run('pooled'), { pooled: pooled! }, tolerance);
        assertClose(await run('sum'), { sum: sum! }, tolerance);
        assertClose(await run('pooled', 'sum'), { sum: sum!, pooled: pooled! }, tolerance);
      }),
  },
  {
    name: 'computes the outputs it was loaded with, those on request among them',
    async check(backend, tolerance) {
      const outputs = ['projected', 'pooled'];
      const loaded = await backend.load(model, weightsInMemory(modelTensors()), { config, outputs });
      try {
        const expected = await expectedOutputs(modelInputs(2), modelTensors(), config, outputs);
        assertClose(await loaded.run(modelInputs(2)), expected, tolerance);
        const { projected } = expected;
        const only = await loaded.run(modelInputs(2), { outputs: ['projected'] });
        assertClose(only, { projected: projected! }, tolerance);
      } finally {
        await loaded.dispose();
      }
    },
  },
  {
    name: 'refuses an output that it was not loaded with',
    check: (backend) =>
      withModel(backend, (loaded) =>
        assertRejects(
          () => loaded.run(modelInputs(1), { outputs: ['projected'] }),
          ['argument'],
          ['projected'],
        ),
      ),
  },
  ...(
    [
      ['for an output that the model lacks', ['nonsense']],
      ['for no output', []],
    ] as const
  ).map(([what, outputs]) => ({
    name: `refuses to load ${what}`,
    check: (backend: Backend) =>
      assertRejects(
        () => backend.load(model, weightsInMemory(modelTensors()), { config, outputs }),
        ['argument'],
        outputs,
      ),
  })),
  {
    name: 'refuses to compute an output that the model lacks',
    check: (backend) =>
      withModel(backend, (loaded) =>
        assertRejects(
          () => loaded.run(modelInputs(1), { outputs: ['nonsense'] }),
          ['argument'],
          ['nonsense'],
        ),
      ),
  },
  ...(
    [
      ['a missing input', ({ x }) => ({ x })],
      ['an unknown input', (inputs) => ({ ...inputs, stranger: randomTensor([2, 3], 1) })],
      ['an input under another name', ({ x, y }) => ({ x, why: y })],
      ['an input of another size', (inputs) => ({ ...inputs, x: randomTensor([2, 3, 6], 1) })],
      ['an input of another rank', (inputs) => ({ ...inputs, x: randomTensor([2, 15], 1) })],
      ['inputs whose batches differ', (inputs) => ({ ...inputs, x: randomTensor([1, 3, 5], 1) })],
      ['an empty batch', () => modelInputs(0)],
      ['data that do not fill the shape', ({ x, y }) => ({ x: { ...x, data: new Float32Array(29) }, y })],
    ] as [string, (inputs: NamedTensors) => NamedTensors][]
  ).map(([what, spoil]) => ({
    name: `refuses ${what}, and goes on with right ones`,
    check: (backend: Backend, tolerance: number) =>
      withModel(backend, async (loaded) => {
        await assertRejects(() => loaded.run(spoil(modelInputs(2))), ['shape', 'argument']);
        assertClose(await loaded.run(modelInputs(2)), await expectedOutputs(modelInputs(2)), tolerance);
      }),
  })),
  {
    name: 'leaves its inputs as they were',
    check: (backend) =>
      withModel(backend, async (loaded) => {
        const inputs = modelInputs(2);
        await loaded.run(inputs);
        assertClose(inputs, modelInputs(2), 0);
      }),
  },
  {
    name: 'takes inputs that are part of a larger buffer',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        const inputs = mapTensors(modelInputs(2), ({ shape, data }) => {
          const larger = new Float32Array(data.length + 5).fill(Number.NaN);
          larger.set(data as Float32Array, 3);
          return tensor('float32', shape, larger.subarray(3, 3 + data.length));
        });
        assertClose(await loaded.run(inputs), await expectedOutputs(modelInputs(2)), tolerance);
      }),
  },
  {
    name: 'never writes over results it has returned',
    check: (backend) =>
      withModel(backend, async (loaded) => {
        const first = await loaded.run(modelInputs(2));
        const copy = mapTensors(first, (item) => tensor('float32', item.shape, toFloat32(item).slice()));
        await loaded.run(modelInputs(2, { seed: 99 }));
        assertClose(first, copy, 0);
      }),
  },
  {
    name: 'does not run when the signal is aborted, and goes on without it',
    check: (backend, tolerance) =>
      withModel(backend, async (loaded) => {
        const reason = new Error('changed my mind');
        const signal = AbortSignal.abort(reason);
        await assertAborts(() => loaded.run(modelInputs(1), { signal }), reason);
        assertClose(await loaded.run(modelInputs(1)), await expectedOutputs(modelInputs(1)), tolerance);
      }),
  },
];

const disposing: readonly BackendBehaviour[] = [
  {
    name: 'refuses to run once disposed',
    async check(backend) {
      const loaded = await backend.load(model, weightsInMemory(modelTensors()), { config });
      await loaded.dispose();
      await assertRejects(() => loaded.run(modelInputs(1)), ['disposed']);
    },
  },
  {
    name: 'may be disposed twice',
    async check(backend) {
      const loaded = await backend.load(model, weightsInMemory(modelTensors()), { config });
      await loaded.dispose();
      await loaded.dispose();
    },
  },
  {
    name: 'finishes what runs before it disposes',
    async check(backend, tolerance) {
      const loaded = await backend.load(model, weightsInMemory(modelTensors()), { config });
      const running = loaded.run(modelInputs(2));
      await loaded.dispose();
      assertClose(await running, await expectedOutputs(modelInputs(2)), tolerance);
    },
  },
];

export const backendBehaviours: readonly BackendBehaviour[] = [...loading, ...running, ...disposing];
