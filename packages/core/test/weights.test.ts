import { AudiozooError, bytesSource, readTensor, tensor, type Weights } from '@audiozoo/core';
import { byteLength, checkWeights, parameter, readWeights, weightsInMemory } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';

const tree = { a: parameter('a', [2]), nested: [parameter('b', [2, 2]), undefined], c: parameter('c', [1]) };
const shapes = (record: Record<string, number[]>) =>
  new Map(Object.entries(record).map(([name, shape]) => [name, { shape }]));

describe('checkWeights', () => {
  test('accepts weights that fit', () => {
    expect(() => checkWeights(tree, shapes({ a: [2], b: [2, 2], c: [1] }))).not.toThrow();
  });

  test('lists missing, unexpected and misshapen weights together', () => {
    let error: unknown;
    try {
      checkWeights(tree, shapes({ a: [3], b: [4], d: [1] }));
    } catch (thrown) {
      error = thrown;
    }
    expect(AudiozooError.isInstance(error, 'weights')).toBe(true);
    expect(String(error)).toContain(
      'the weights do not fit the model; 1 missing: c [1]; 1 unexpected: d; ' +
        '2 misshapen: a (expected [2], got [3]), b (expected [2, 2], got [4])',
    );
  });

  test('counts the same elements in another shape as misshapen', () => {
    expect(() => checkWeights(tree, shapes({ a: [2], b: [4], c: [1] }))).toThrow('1 misshapen: b');
  });

  test('shows twelve names of many and counts the rest', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`extra.${index}`, [1]]));
    const check = () => checkWeights(tree, shapes({ a: [2], b: [2, 2], c: [1], ...many }));
    expect(check).toThrow(/30 unexpected: extra\.0, .*extra\.11 and 18 more/);
  });
});

describe('ignored tensors', () => {
  const ignored = (name: string) => name === 'a' || name.endsWith('.step');

  test('are taken with a checkpoint without a word, all others are not', () => {
    const fitting = { a: [2], b: [2, 2], c: [1] };
    expect(() => checkWeights(tree, shapes({ ...fitting, 'adam.step': [1] }), ignored)).not.toThrow();
    expect(() => checkWeights(tree, shapes({ ...fitting, 'adam.rate': [1] }), ignored)).toThrow(
      '1 unexpected: adam.rate',
    );
  });

  test('are never parameters', () => {
    expect(() => checkWeights(tree, shapes({ b: [2, 2], c: [1] }), ignored)).toThrow('1 missing: a [2]');
  });
});

describe('derived parameters', () => {
  const stored = [parameter('scale', [2], { aliases: ['gamma'] }), parameter('weight', [2, 1])];
  const folded = parameter('folded', [2, 1], {
    derived: {
      from: stored,
      compute: ([scale, weight]) => weight!.map((value, row) => value * scale![row]!),
    },
  });
  const twice = parameter('weight', [2, 1], {
    derived: { from: [folded], compute: ([values]) => values!.map((value) => 2 * value) },
  });
  const read = (derived: ReturnType<typeof parameter>, tensors: Parameters<typeof weightsInMemory>[0]) =>
    readWeights({ parameters: () => derived }, weightsInMemory(tensors), { config: undefined }, (its) => its);
  const tensors = {
    gamma: tensor('float32', [2], Float32Array.of(2, 3)),
    weight: tensor('float64', [2, 1], Float64Array.of(5, 7)),
  };

  test('are worked out of what files hold, under any of its names and in any dtype', async () => {
    expect(await read(folded, tensors)).toEqual(tensor('float32', [2, 1], Float32Array.of(10, 21)));
  });

  test('may be derived of derived ones, and be called like what they come of', async () => {
    expect(await read(twice, tensors)).toEqual(tensor('float32', [2, 1], Float32Array.of(20, 42)));
  });

  test('are in no file: what they come of must be there, and they must not', async () => {
    const { gamma, weight } = tensors;
    await expect(read(folded, { gamma })).rejects.toThrow('1 missing: weight [2, 1]');
    await expect(read(folded, { gamma, weight, folded: weight })).rejects.toThrow('1 unexpected: folded');
  });

  test('must fill their shape', async () => {
    const short = parameter('table', [3], { derived: { from: [], compute: () => Float32Array.of(1, 2) } });
    await expect(read(short, {})).rejects.toThrow('tensor data do not fit shape [3]');
  });
});

describe('aliases', () => {
  const { linear, norm } = {
    linear: parameter('new.weight', [2, 2], { aliases: ['old.weight', 'older.weight'], quantizable: true }),
    norm: parameter('norm', [1]),
  };

  test('are taken for the parameters that they are of, int8 scales too', () => {
    const weights = checkWeights([linear, norm], shapes({ 'older.weight': [2, 2], norm: [1] }));
    expect([...weights.keys()]).toEqual(['new.weight', 'norm']);
    const quantized = new Map([
      ['old.weight', { shape: [2, 2], dtype: 'int8' as const }],
      ['old.weight_scale', { shape: [2] }],
      ['norm', { shape: [1] }],
    ]);
    const resolved = [...checkWeights([linear, norm], quantized).keys()];
    expect(resolved).toEqual(['new.weight', 'new.weight_scale', 'norm']);
  });

  test.each([['new.weight'], ['older.weight']])('beside another name are unexpected: %s', (name) => {
    const twice = shapes({ 'old.weight': [2, 2], [name]: [2, 2], norm: [1] });
    const unexpected = name === 'new.weight' ? 'old.weight' : name;
    expect(() => checkWeights([linear, norm], twice)).toThrow(`1 unexpected: ${unexpected}`);
  });

  test('leave weights without any as they are', () => {
    const weights = shapes({ 'new.weight': [2, 2], norm: [1] });
    expect(checkWeights([linear, norm], weights)).toBe(weights);
  });

  test('are read by', async () => {
    const stored = weightsInMemory({
      'old.weight': tensor('float32', [2, 2], Float32Array.of(1, 2, 3, 4)),
      norm: tensor('float32', [1], Float32Array.of(5)),
    });
    const model = { parameters: () => [linear, norm] };
    const read = await readWeights(model, stored, { config: undefined }, ({ data }) => [...data]);
    expect(read[0]).toEqual([1, 2, 3, 4]);
  });
});

describe('weights in memory', () => {
  test('read back as they were, from the middle of a buffer too', async () => {
    const buffer = Float32Array.of(9, 1, 2, 9);
    const weights = weightsInMemory({ a: tensor('float32', [2], buffer.subarray(1, 3)) });
    const stored = weights.tensors.get('a')!;
    expect(byteLength(stored)).toBe(8);
    expect(await readTensor(stored)).toEqual({ dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) });
  });

  test('are found under any name, `__proto__` too', () => {
    const { tensors } = weightsInMemory({ ['__proto__']: tensor('int8', [1], Int8Array.of(3)) });
    expect([...tensors.keys()]).toEqual(['__proto__']);
    expect(tensors.get('constructor')).toBeUndefined();
  });
});

describe('readWeights', () => {
  const model = { parameters: () => tree };
  const config = undefined;
  const tensors = {
    a: tensor('float32', [2], Float32Array.of(1, 2)),
    b: tensor('float64', [2, 2], Float64Array.of(1, 2, 3, 4)),
    c: tensor('int8', [1], Int8Array.of(7)),
  };

  test('reads each parameter once, in its stored dtype', async () => {
    const read: string[] = [];
    const lengths = await readWeights(model, weightsInMemory(tensors), { config }, (stored, { name }) => {
      read.push(`${name} ${stored.dtype}`);
      return stored.data.length;
    });
    expect(read).toEqual(['a float32', 'b float64', 'c int8']);
    expect(lengths).toEqual({ a: 2, nested: [4, undefined], c: 1 });
  });

  test('reads nothing when the weights do not fit', async () => {
    const source = { ...bytesSource(new Uint8Array(8)), read: () => Promise.reject(new Error('was read')) };
    const weights: Weights = {
      tensors: new Map([['a', { dtype: 'float32', shape: [2], source, offset: 0 }]]),
      async close() {},
    };
    await expect(readWeights(model, weights, { config }, () => 0)).rejects.toThrow(
      '2 missing: b [2, 2], c [1]',
    );
  });

  test('stops between two tensors when the signal is aborted', async () => {
    const controller = new AbortController();
    let count = 0;
    const make = () => {
      count++;
      controller.abort(new Error('enough'));
      return 0;
    };
    const { signal } = controller;
    const reading = readWeights(model, weightsInMemory(tensors), { config, signal }, make);
    await expect(reading).rejects.toThrow('enough');
    expect(count).toBe(1);
  });
});
