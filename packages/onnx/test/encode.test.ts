import { type AnyModel, AudiozooError, castTensor, type StoredTensor, tensor } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { encodeGraph, encodeGraphToBytes, traceModel } from '@audiozoo/onnx';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { modelOf, tinyModel, tinyTensors } from './tiny-model.js';

const config = undefined;
const graph = traceModel(tinyModel, weightsInMemory(tinyTensors), { config, operators: 'fused' });
const parse = async (...options: Parameters<typeof encodeGraphToBytes>) =>
  fromBinary(ModelProtoSchema, await encodeGraphToBytes(...options));

describe('an encoded graph', () => {
  test('says its IR version, and the operator sets that it uses and no others', async () => {
    const model = await parse(graph);
    const stock = await parse(traceModel(tinyModel, weightsInMemory(tinyTensors), { config }));
    const sets = ({ opsetImport }: typeof model) =>
      opsetImport.map(({ domain, version }) => [domain, version]);
    expect(model.irVersion).toBe(9n);
    expect(sets(model)).toEqual([
      ['', 20n],
      ['com.microsoft', 1n],
    ]);
    expect(sets(stock)).toEqual([['', 20n]]);
  });

  test('holds weights inline, byte for byte', async () => {
    const { initializer } = (await parse(graph)).graph!;
    const found = initializer.find(({ name }) => name === 'encoder.dense.weight')!;
    const { data } = tinyTensors['encoder.dense.weight'];
    expect(found.dims).toEqual([8n, 8n]);
    expect(new Float32Array(found.rawData.slice().buffer)).toEqual(data);
  });

  test('points at weights elsewhere, and keeps the rest inline', async () => {
    const model = await parse(graph, {
      locate: ({ name }) =>
        name === 'classifier.weight' ? { location: 'model.safetensors', offset: 640 } : undefined,
    });
    const found = model.graph!.initializer.find(({ name }) => name === 'classifier.weight')!;
    expect(found.dataLocation).toBe(TensorProto_DataLocation.EXTERNAL);
    expect(found.rawData.length).toBe(0);
    expect(Object.fromEntries(found.externalData.map(({ key, value }) => [key, value]))).toEqual({
      location: 'model.safetensors',
      offset: '640',
      length: '96',
    });
    expect(model.graph!.initializer.filter(({ rawData }) => rawData.length === 0)).toHaveLength(1);
  });

  test('converts weights to the dtype that the graph gives them', async () => {
    const float64 = Object.fromEntries(
      Object.entries(tinyTensors).map(([name, its]) => [name, castTensor(its, 'float64')]),
    );
    const model = await parse(
      traceModel(tinyModel, weightsInMemory(float64), { config, operators: 'fused' }),
    );
    expect(model.graph!.initializer).toEqual((await parse(graph)).graph!.initializer);
  });

  test('comes in pieces that add up to the length it said', async () => {
    const encoded = encodeGraph(graph);
    const lengths: number[] = [];
    for await (const chunk of encoded.chunks()) lengths.push(chunk.length);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(encoded.byteLength);
    expect(lengths.length).toBeGreaterThan(graph.initializers.length);
  });

  test('has replaceable initializers among its inputs too', async () => {
    const replaceable = new Set([graph.initializers[0]!]);
    const inputs = (await parse(graph, { replaceable })).graph!.input.map(({ name }) => name);
    expect(inputs).toEqual([...graph.inputs.map(({ name }) => name), graph.initializers[0]!.name]);
  });

  test('says of which size images within it are where that hangs on the length', async () => {
    const model: AnyModel = {
      ...modelOf({ kernel: [2, 2, 3, 3] }, {}, { y: [8, 5, 2] }, (ops, { kernel }, { x }) => {
        const image = ops.transpose(x!, [0, 3, 2, 1]);
        const convolved = ops.conv2d(image, kernel!, undefined, { stride: [1, 1], padding: [1, 1] });
        return { y: ops.transpose(ops.gelu(ops.add(image, convolved)), [0, 3, 2, 1]) };
      }),
      inputs: () => ({ x: { shape: [8, 5, 2], length: { name: 'frames', least: 3 } } }),
    };
    const kernel = tensor('float32', [2, 2, 3, 3], new Float32Array(36));
    const described = async (anyLength: boolean) => {
      const traced = traceModel(model, weightsInMemory({ kernel }), { config, anyLength });
      return (await parse(traced)).graph!.valueInfo.map(({ name }) => name);
    };
    expect(await described(true)).toEqual(['conv2d/Conv', 'add/Add']);
    expect(await described(false)).toEqual([]);
  });

  test('of more than 2 GB is refused before any weight is read', () => {
    const source = {
      name: 'huge',
      size: 2 ** 33,
      read: () => Promise.reject(new Error('read')),
      async close() {},
    };
    const stored: StoredTensor = { dtype: 'float32', shape: [2 ** 29], source, offset: 0 };
    const model = modelOf({ w: [2 ** 29] }, { x: [1] }, { y: [2 ** 29] }, (ops, { w }, { x }) => ({
      y: ops.add(x!, w!),
    }));
    const huge = traceModel(model, { tensors: new Map([['w', stored]]), async close() {} }, { config });
    let error: unknown;
    try {
      encodeGraph(huge);
    } catch (caught) {
      error = caught;
    }
    expect(AudiozooError.isInstance(error, 'model')).toBe(true);
    expect(encodeGraph(huge, { locate: () => ({ location: 'w', offset: 0 }) }).byteLength).toBeLessThan(1000);
  });
});
