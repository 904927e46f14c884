import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  averageCheckpoints,
  averageModels,
  fileOutput,
  memoryDirectory,
  openCheckpoint,
  writeSafetensors,
} from '@audiozoo/converters';
import {
  type ByteSource,
  bytesSource,
  castTensor,
  type DType,
  type FileStore,
  openModelDirectory,
  readTensor,
  type Tensor,
  tensor,
  toFloat32,
} from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { randomTensor } from '@audiozoo/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-average-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Tensors = Readonly<Record<string, Tensor>>;

/** Longer than a block, so that blocks and chunks end at different places. */
const manyElements = 2 ** 18 + 1000;

async function safetensorsBytes(tensors: Tensors): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const sink = {
    async write(bytes: Uint8Array) {
      pieces.push(bytes);
    },
    async close() {},
  };
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => ({
    name,
    dtype,
    shape,
    async *chunks() {
      yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
  }));
  await writeSafetensors(sink, entries);
  return new Uint8Array(Buffer.concat(pieces));
}

async function file(tensors: Tensors, name: string): Promise<ByteSource> {
  return bytesSource(await safetensorsBytes(tensors), name);
}

let count = 0;
async function average(sources: readonly ByteSource[]): Promise<Record<string, Tensor>> {
  const out = join(folder, `mean-${count++}.safetensors`);
  await averageCheckpoints(sources, { output: fileOutput(out) });
  return readAll(out);
}

async function readAll(path: string): Promise<Record<string, Tensor>> {
  const source = await openFile(path);
  const { tensors } = await openCheckpoint(source);
  const read = [...tensors].map(async ([name, its]) => [name, await its.read()] as const);
  return Object.fromEntries(await Promise.all(read).finally(() => source.close()));
}

const tensorsOf = (seed: number, dtype: DType = 'float32'): Tensors => ({
  'v.large': castTensor(randomTensor([manyElements], seed), dtype),
  'v.small': castTensor(randomTensor([2, 3], seed + 100), dtype),
  steps: tensor('int64', [1], BigInt64Array.of(7n)),
});

describe('an average of checkpoints', () => {
  test('is the mean of each weight, under the same names', async () => {
    const given = [tensorsOf(1), tensorsOf(2), tensorsOf(3)];
    const mean = await average(await Promise.all(given.map((its, index) => file(its, `${index}.pth`))));
    expect(Object.keys(mean).sort()).toEqual(['steps', 'v.large', 'v.small']);
    expect(mean['v.small']!.shape).toEqual([2, 3]);
    for (const name of ['v.large', 'v.small']) {
      const values = given.map((its) => toFloat32(its[name]!));
      const expected = values[0]!.map((_, index) =>
        Math.fround(values.reduce((sum, each) => sum + each[index]!, 0) / values.length),
      );
      expect(Buffer.compare(Buffer.from(toFloat32(mean[name]!).buffer), Buffer.from(expected.buffer))).toBe(
        0,
      );
    }
  });

  test('sums in float64: what cancels leaves no rounding behind', async () => {
    const of = (value: number) => ({ x: tensor('float32', [1], Float32Array.of(value)) });
    const sources = [1e8, 1, -1e8].map((value, index) => file(of(value), `${index}`));
    const mean = await average(await Promise.all(sources));
    expect(mean.x!.data[0]).toBe(Math.fround(1 / 3));
  });

  test.each([
    ['float16', 'float16', 'float16'],
    ['float16', 'bfloat16', 'float32'],
    ['float64', 'float64', 'float64'],
  ] as const)('of %s and %s is stored as %s', async (a, b, expected) => {
    const mean = await average([await file(tensorsOf(1, a), 'a'), await file(tensorsOf(2, b), 'b')]);
    expect(mean['v.small']!.dtype).toBe(expected);
  });

  test('of a PyTorch file and itself is itself', async () => {
    const path = join(import.meta.dirname, 'fixtures/pth/views_zip.pth');
    const [first, second] = [await openFile(path), await openFile(path)];
    const mean = await average([first, second]);
    await Promise.all([first.close(), second.close()]);
    expect(mean).toEqual(await readAll(path));
  });
});

describe('an average is refused, and nothing is left,', () => {
  const refused = async (...given: readonly Tensors[]) => {
    const names = ['a.pth', 'b.pth', 'c.pth'];
    const sources = await Promise.all(given.map((its, index) => file(its, names[index]!)));
    const before = await readdir(folder);
    const promise = averageCheckpoints(sources, { output: fileOutput(join(folder, 'refused')) });
    const error = await promise.then(
      () => expect.unreachable('it was not refused'),
      (reason: unknown) => String(reason),
    );
    expect(await readdir(folder)).toEqual(before);
    return error;
  };

  test('when names or shapes differ, with a list of all that does', async () => {
    const { 'v.small': _, ...rest } = tensorsOf(2);
    const other = { ...rest, 'v.large': randomTensor([2], 1), stranger: randomTensor([1], 1) };
    const error = await refused(tensorsOf(1), tensorsOf(3), other);
    expect(error).toContain('c.pth cannot be averaged with a.pth');
    expect(error).toContain('1 missing: v.small [2, 3]; 1 unexpected: stranger; 1 misshapen: v.large');
  });

  test('when whole numbers differ', async () => {
    const error = await refused(tensorsOf(1), {
      ...tensorsOf(2),
      steps: tensor('int64', [1], BigInt64Array.of(8n)),
    });
    expect(error).toContain('"steps" cannot be averaged: it holds whole numbers that differ');
  });

  test('when a weight is a whole number in one', async () => {
    const error = await refused(tensorsOf(1), {
      ...tensorsOf(2),
      'v.small': castTensor(randomTensor([2, 3], 1), 'int64'),
    });
    expect(error).toContain('stored as float32 and int64');
  });

  test('of one checkpoint', async () => {
    expect(await refused(tensorsOf(1))).toContain('an average needs several checkpoints');
  });

  test('when the signal is aborted', async () => {
    const output = fileOutput(join(folder, 'aborted'));
    const signal = AbortSignal.abort(new Error('changed my mind'));
    const sources = [await file(tensorsOf(1), 'a'), await file(tensorsOf(2), 'b')];
    await expect(averageCheckpoints(sources, { output, signal })).rejects.toThrow('changed my mind');
    expect((await readdir(folder)).filter((name) => name.includes('aborted'))).toEqual([]);
  });

  test('where a file already is', async () => {
    const path = join(folder, 'taken');
    await writeFile(path, 'mine');
    const sources = [await file(tensorsOf(1), 'a'), await file(tensorsOf(2), 'b')];
    await expect(averageCheckpoints(sources, { output: fileOutput(path) })).rejects.toThrow('already there');
    expect(await readFile(path, 'utf8')).toBe('mine');
  });
});

describe('an average of model directories', () => {
  async function directory(tensors: Tensors, config: object): Promise<FileStore> {
    const output = memoryDirectory();
    const write = async (name: string, bytes: Uint8Array) => {
      const sink = await output.create(name);
      await sink.write(bytes);
      await sink.close();
    };
    await write('config.json', new TextEncoder().encode(JSON.stringify(config)));
    await write('model.safetensors', await safetensorsBytes(tensors));
    await output.commit();
    return output;
  }
  const config = { model_type: 'toy', id2label: { 0: 'yes', 1: 'no' } };

  test('is a model directory, whatever else their configs say of versions', async () => {
    const first = await directory({ x: tensor('float32', [1], Float32Array.of(1)) }, config);
    const reordered = { id2label: { 1: 'no', 0: 'yes' }, model_type: 'toy', transformers_version: '4.0' };
    const second = await directory({ x: tensor('float32', [1], Float32Array.of(4)) }, reordered);
    const output = memoryDirectory();
    expect(await averageModels([first, second], { output })).toMatchObject({ tensors: 1, parameters: 1 });
    const { config: written, weights } = await openModelDirectory(output);
    expect(written).toEqual(config);
    expect((await readTensor(weights.tensors.get('x')!)).data[0]).toBe(2.5);
  });

  test('is refused when their labels differ', async () => {
    const x = { x: tensor('float32', [1], Float32Array.of(1)) };
    const first = await directory(x, config);
    const second = await directory(x, { ...config, id2label: { 0: 'no', 1: 'yes' } });
    await expect(averageModels([first, second], { output: memoryDirectory() })).rejects.toThrow(
      'config.json differs in "id2label"',
    );
  });
});
