// Checkpoints → model directories, with a toy model; the AST's own are in ast-conversion.test.ts.

import {
  convertCheckpoint,
  inspectCheckpoint,
  memoryDirectory,
  type WeightsDType,
  writeSafetensors,
} from '@audiozoo/converters';
import {
  type ByteSource,
  bytesSource,
  openModelDirectory,
  type Progress,
  readTensor,
  tensor,
  toFloat32,
} from '@audiozoo/core';
import { parameter, readJson } from '@audiozoo/core/plugin';
import { referenceBackend } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { pickle, torchArchive } from './torch-archive.js';
import { bias, fusedWeight, models, toy, toyCheckpoint } from './toy-model.js';

const source = (bytes = toyCheckpoint()) => bytesSource(bytes, 'toy.pth');

describe('a checkpoint in one file', () => {
  test('becomes a model directory: fused rows apart, unused tensors left out', async () => {
    const output = memoryDirectory();
    const report = await convertCheckpoint(source(), { models, output });
    expect(report).toMatchObject({
      recognized: { model: 'toy', naming: 'fused' },
      assumptions: ['The width is 4.', 'Weights stored as float32: as in the checkpoint.'],
      unused: ['head.weight'],
      parameters: 36,
      dtype: 'float32',
    });

    const { config, preprocessorConfig, weights } = await openModelDirectory(output);
    expect(config).toEqual({ model_type: 'toy', labels: [], torch_dtype: 'float32' });
    expect(preprocessorConfig).toEqual({ sampling_rate: 16000 });
    const read = async (name: string) => toFloat32(await readTensor(weights.tensors.get(name)!));
    expect(await read('left.weight')).toEqual(fusedWeight.slice(0, 16));
    expect(await read('right.weight')).toEqual(fusedWeight.slice(16));
    expect(await read('bias')).toEqual(bias);
    expect((await output.open('model.safetensors'))!.size).toBe(report.bytes);
  });

  test('leaves aside without a word what the model ignores', async () => {
    const ignoring = [{ ...toy, ignored: (name: string) => name.startsWith('head.') }];
    const options = { models: ignoring, output: memoryDirectory(), strict: true };
    expect((await convertCheckpoint(source(), options)).unused).toEqual([]);
  });

  test('of a model that derives weights becomes a directory of those that they come of', async () => {
    const output = memoryDirectory();
    const doubled = ([stored]: readonly Float32Array[]) => stored!.map((value) => 2 * value);
    const deriving = {
      ...toy,
      parameters() {
        const tree = toy.parameters({});
        const { bias } = tree;
        const derived = { from: [bias], compute: doubled };
        return { ...tree, bias: parameter('doubled', bias.shape, { derived }) };
      },
    };
    await convertCheckpoint(source(), { models: [deriving], output });
    const { config, weights } = await openModelDirectory(output);
    expect([...weights.tensors.keys()].sort()).toEqual(['bias', 'left.weight', 'right.weight']);
    const loaded = await referenceBackend().load(deriving, weights, { config });
    const { y } = await loaded.run({ x: tensor('float32', [1, 4], new Float32Array(4)) });
    expect(y!.data).toEqual(bias.map((value) => 2 * value));
  });

  test.each<WeightsDType>(['float16', 'bfloat16'])('is stored as %s when asked', async (dtype) => {
    const output = memoryDirectory();
    expect(await convertCheckpoint(source(), { models, output, dtype })).toMatchObject({ dtype });
    const { config, weights } = await openModelDirectory(output);
    expect(config.torch_dtype).toBe(dtype);
    const stored = await readTensor(weights.tensors.get('left.weight')!);
    expect(stored.dtype).toBe(dtype);
    expect(toFloat32(stored)).toEqual(fusedWeight.slice(0, 16)); // eighths below 2: exact in both
  });

  test.each(['model', 'state_dict', 'model_state_dict', 'other', 'a.key.that.nobody.knows'])(
    'is found under the key %s, and says so',
    async (key) => {
      const output = memoryDirectory();
      const report = await convertCheckpoint(source(toyCheckpoint(`${key}.`)), { models, output });
      expect(report.recognized).toEqual({ model: 'toy', naming: 'fused', key });
      expect(report.assumptions[0]).toBe(`The weights are those under the key "${key}".`);
      expect(report.unused).toEqual(['head.weight']);
    },
  );

  test('passes options on to the model', async () => {
    const output = memoryDirectory();
    await convertCheckpoint(source(), { models, output, labels: [{ name: 'Dog' }] });
    expect((await readJson(output, 'config.json'))!.labels).toEqual(['Dog']);
  });

  test('says of which model it is where what is told does not fit', async () => {
    const converting = convertCheckpoint(source(), {
      models,
      output: memoryDirectory(),
      settings: { depth: 2 },
    });
    await expect(converting).rejects.toMatchObject({ code: 'argument', details: { model: 'toy' } });
  });

  test('that no model knows is refused, with what was seen', async () => {
    const unknown = torchArchive(pickle.emptyDict, new Map());
    const converting = convertCheckpoint(source(unknown), { models, output: memoryDirectory() });
    await expect(converting).rejects.toThrow('expected toy, got no tensors');
    await expect(
      convertCheckpoint(source(toyCheckpoint('un')), { models, output: memoryDirectory() }),
    ).rejects.toThrow('"unfused.weight" [8, 4], "unfused.bias" [4], "head.weight" [2]');
  });

  test('whose weight a plan misfits is refused before anything is written', async () => {
    const bytes = torchArchive(
      pickle.dict([['fused.weight', tensorOf(4)]]),
      new Map([['0', new Uint8Array(16)]]),
    );
    const output = memoryDirectory();
    await expect(convertCheckpoint(source(bytes), { models, output })).rejects.toMatchObject({
      code: 'weights',
    });
    expect(await output.open('config.json')).toBeUndefined();
  });

  test('has its weights read and verified in one pass', async () => {
    const { counted, lengths } = countingSource(source());
    await convertCheckpoint(counted, { models, output: memoryDirectory() });
    const rowBytes = fusedWeight.byteLength / 2;
    expect(lengths.filter((length) => length === rowBytes)).toHaveLength(2);
    expect(lengths.filter((length) => length === bias.byteLength)).toHaveLength(1);
    expect(lengths).not.toContain(fusedWeight.byteLength);
  });
});

describe('stopping', () => {
  test('a damaged weight leaves no directory', async () => {
    const bytes = toyCheckpoint();
    const at = indexOf(bytes, new Uint8Array(fusedWeight.buffer));
    bytes[at + 5]! ^= 1;
    const output = memoryDirectory();
    await expect(convertCheckpoint(source(bytes), { models, output })).rejects.toThrow('is damaged');
    expect(await output.open('config.json')).toBeUndefined();
    expect(await output.open('model.safetensors')).toBeUndefined();
  });

  test('an abort leaves no directory', async () => {
    const controller = new AbortController();
    const output = memoryDirectory();
    const converting = convertCheckpoint(source(), {
      models,
      output,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(converting).rejects.toMatchObject({ name: 'AbortError' });
    expect(await output.open('config.json')).toBeUndefined();
  });

  test('progress ends at the total', async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    await convertCheckpoint(source(), { models, output: memoryDirectory(), onProgress });
    expect(seen.at(-1)).toEqual({ done: 144, total: 144, unit: 'bytes' });
  });
});

test('a directory in memory is read by any range, over the pieces that were written', async () => {
  const output = memoryDirectory();
  const file = await output.create('weights');
  const whole = Uint8Array.of(0, 1, 2, 3, 4);
  await file.write(whole.subarray(0, 2));
  await file.write(Uint8Array.of(2));
  await file.write(Uint8Array.of(3, 4));
  await file.close();
  expect(await output.open('weights')).toBeUndefined();
  await output.commit();
  const source = (await output.open('weights'))!;
  for (let start = 0; start <= whole.length; start++) {
    for (let end = start; end <= whole.length; end++) {
      expect([...(await source.read(start, end - start))]).toEqual([...whole.subarray(start, end)]);
    }
  }
  await expect(source.read(3, 3)).rejects.toThrow('ends too early');
});

describe('a model directory', () => {
  const directory = async () => {
    const output = memoryDirectory('toy directory');
    await convertCheckpoint(source(), { models, output });
    return output;
  };

  test('is rewritten in another dtype, its config kept', async () => {
    const output = memoryDirectory();
    await convertCheckpoint(await directory(), { models, output, dtype: 'bfloat16' });
    const { config, preprocessorConfig, weights } = await openModelDirectory(output);
    expect(config).toEqual({ model_type: 'toy', labels: [], torch_dtype: 'bfloat16' });
    expect(preprocessorConfig).toEqual({ sampling_rate: 16000 });
    expect(toFloat32(await readTensor(weights.tensors.get('bias')!))).toEqual(bias);
  });

  test('says itself what options would say', async () => {
    const converting = convertCheckpoint(await directory(), {
      models,
      output: memoryDirectory(),
      settings: { size: 1 },
    });
    await expect(converting).rejects.toMatchObject({ code: 'argument' });
  });

  test('is inspected', async () => {
    expect(await inspectCheckpoint(await directory(), { models })).toMatchObject({
      format: 'model-directory',
      recognized: { model: 'toy' },
      tensors: expect.arrayContaining([{ name: 'bias', dtype: 'float32', shape: [4] }]),
    });
  });
});

describe('inspecting a file', () => {
  test('lists tensors and says what it is', async () => {
    expect(await inspectCheckpoint(source(toyCheckpoint('model.')), { models })).toEqual({
      format: 'pytorch-zip',
      tensors: [
        { name: 'model.fused.weight', dtype: 'float32', shape: [8, 4] },
        { name: 'model.fused.bias', dtype: 'float32', shape: [4] },
        { name: 'head.weight', dtype: 'float32', shape: [2] },
      ],
      recognized: { model: 'toy', naming: 'fused', key: 'model' },
    });
  });

  test('of no known model recognizes nothing', async () => {
    expect((await inspectCheckpoint(source(toyCheckpoint('un')), { models })).recognized).toBeNull();
  });

  test('in safetensors works as one of PyTorch does', async () => {
    const pieces: Uint8Array[] = [];
    const sink = { write: async (bytes: Uint8Array) => void pieces.push(bytes), close: async () => {} };
    const entry = (name: string, shape: number[], data: Float32Array) => ({
      name,
      dtype: 'float32' as const,
      shape,
      async *chunks() {
        yield new Uint8Array(data.buffer);
      },
    });
    await writeSafetensors(sink, [
      entry('fused.weight', [8, 4], fusedWeight),
      entry('fused.bias', [4], bias),
    ]);
    const file = bytesSource(Buffer.concat(pieces), 'toy.safetensors');
    expect(await inspectCheckpoint(file, { models })).toMatchObject({
      format: 'safetensors',
      recognized: { model: 'toy' },
    });
    const output = memoryDirectory();
    await convertCheckpoint(file, { models, output });
    const { weights } = await openModelDirectory(output);
    expect(toFloat32(await readTensor(weights.tensors.get('right.weight')!))).toEqual(fusedWeight.slice(16));
  });

  test('reads every byte: a damaged record that no tensor needs is found', async () => {
    const bytes = toyCheckpoint();
    bytes[indexOf(bytes, new TextEncoder().encode('3\n'))]! ^= 1; // archive/version
    await expect(inspectCheckpoint(source(bytes), { models })).rejects.toThrow(
      '"archive/version" is damaged',
    );
  });
});

function tensorOf(elements: number): Uint8Array {
  return pickle.tensor({ key: '0', type: 'FloatStorage', elements, shape: [elements], strides: [1] });
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(part);
}

/** A source that remembers what was read of it. */
function countingSource(inner: ByteSource) {
  const lengths: number[] = [];
  const counted: ByteSource = {
    ...inner,
    async read(offset, length) {
      lengths.push(length);
      return inner.read(offset, length);
    },
  };
  return { counted, lengths };
}
