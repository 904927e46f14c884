// What a pickle may say and what it may not.

import { openCheckpoint } from '@audiozoo/converters';
import { bytesSource } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';
import { join, pickle, torchArchive, uint32 } from './torch-archive.js';

const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
const storages = new Map([['0', floats]]);
const tensor = (changes: Partial<Parameters<typeof pickle.tensor>[0]> = {}) =>
  pickle.tensor({ key: '0', type: 'FloatStorage', elements: 6, shape: [2, 3], strides: [3, 1], ...changes });

const open = (object: Uint8Array) => openCheckpoint(bytesSource(torchArchive(object, storages), 'model.pth'));
const namesOf = async (object: Uint8Array) => [...(await open(object)).tensors.keys()];

const called = (module: string, name: string) =>
  join(pickle.global(module, name), pickle.emptyTuple, pickle.reduce);

describe('values that are no weights', () => {
  test.each([
    ['argparse', 'Namespace'],
    ['numpy.core.multiarray', 'scalar'],
    ['collections', 'deque'],
    ['datetime', 'datetime'],
    ['pathlib', 'PosixPath'],
    ['__builtin__', 'set'],
  ])('%s.%s is passed over, with its attributes', async (module, name) => {
    const object = join(pickle.global(module, name), pickle.emptyTuple, pickle.newObject);
    const state = pickle.dict([['hidden', pickle.integer(1)]]);
    expect(
      await namesOf(
        pickle.dict([
          ['args', join(object, state, pickle.build)],
          ['w', tensor()],
        ]),
      ),
    ).toEqual(['w']);
  });

  test('a class that is only mentioned is passed over', async () => {
    const entries = [
      ['optimizer', pickle.global('torch.optim.adam', 'Adam')],
      ['w', tensor()],
    ] as const;
    expect(await namesOf(pickle.dict(entries))).toEqual(['w']);
  });
});

describe('calls', () => {
  test.each([
    ['os', 'system'],
    ['builtins', 'exec'],
    ['builtins', 'getattr'],
    ['numpy', 'load'],
    ['mymodels', 'AudioNet'],
    ['torch.storage', '_load_from_bytes'],
  ])('%s.%s is refused by name', async (module, name) => {
    await expect(open(called(module, name))).rejects.toThrow(`"${module}.${name}"`);
  });

  test.each(['torch.nn.modules.linear', 'torch.jit'])(
    'a module of %s is refused with advice',
    async (module) => {
      await expect(open(called(module, 'Linear'))).rejects.toThrow('torch.save(model.state_dict(), path)');
    },
  );

  test('attributes of a class are refused', async () => {
    const object = join(pickle.global('os', 'environ'), pickle.emptyDict, pickle.build);
    await expect(open(object)).rejects.toThrow('sets attributes of a class');
  });
});

describe('tensors', () => {
  test.each([
    ['begins beyond its storage', { offset: 1 }],
    ['steps beyond its storage', { strides: [4, 1] }],
    ['is longer than its storage', { shape: [3, 3] }],
    ['has a shape that overflows', { shape: [2 ** 40, 2 ** 40], strides: [0, 0] }],
    ['has a negative size', { shape: [-1, 3] }],
    ['has a negative stride', { strides: [-3, 1] }],
    ['has fewer strides than sizes', { strides: [3] }],
    ['has 65 dimensions', { shape: new Array(65).fill(1), strides: new Array(65).fill(1) }],
  ])('one that %s is refused', async (_, changes) => {
    await expect(open(tensor(changes))).rejects.toMatchObject({ code: 'checkpoint' });
  });

  test('one that repeats itself beyond all measure is refused when read, before memory is taken', async () => {
    const checkpoint = await open(pickle.dict([['w', tensor({ shape: [2 ** 40], strides: [0] })]]));
    await expect(checkpoint.tensors.get('w')!.read()).rejects.toThrow('repeats itself');
  });

  test('rows that are not there are refused', async () => {
    const checkpoint = await open(pickle.dict([['w', tensor()]]));
    await expect(checkpoint.tensors.get('w')!.read({ rows: { start: 1, end: 3 } })).rejects.toMatchObject({
      code: 'argument',
    });
  });

  test('an unsupported dtype is refused by name', async () => {
    await expect(open(tensor({ type: 'ComplexFloatStorage' }))).rejects.toThrow('torch.ComplexFloatStorage');
  });

  test('names that collide are refused', async () => {
    const nested = pickle.dict([['b', tensor()]]);
    await expect(
      open(
        pickle.dict([
          ['a', nested],
          ['a.b', tensor()],
        ]),
      ),
    ).rejects.toThrow('two tensors named "a.b"');
  });
});

describe('hostile structure', () => {
  test('a list that holds itself is refused', async () => {
    const object = join(pickle.emptyList, pickle.put(0), pickle.get(0), pickle.append);
    await expect(open(object)).rejects.toThrow('nests data');
  });

  test('lists that double at each level are refused', async () => {
    // l0 = [tensor], then l(n+1) = [l(n), l(n)]: 2^40 tensors.
    let object = join(pickle.emptyList, tensor(), pickle.append, pickle.put(0));
    for (let level = 0; level < 40; level++) {
      const double = [pickle.get(level), pickle.append, pickle.get(level), pickle.append];
      object = join(object, pickle.emptyList, ...double, pickle.put(level + 1));
    }
    await expect(open(join(pickle.mark, object, pickle.tuple))).rejects.toMatchObject({ code: 'checkpoint' });
  });

  test.each([
    ['too many operations', new Uint8Array(5_000_000).fill(0x4e), 'operations'],
    ['too many containers', new Uint8Array(600_000).fill(0x7d), 'containers'],
    ['an integer of 2^32 bytes', join(Uint8Array.of(0x8b), uint32(0xffffffff)), 'integer of'],
    ['text of 2^32 bytes', join(Uint8Array.of(0x58), uint32(0xffffffff)), 'ends early'],
    ['an empty stack', pickle.append, 'empty stack'],
    ['a mark never opened', pickle.tuple, 'never opened'],
    ['a memo never stored', pickle.get(7), 'never stored'],
    ['an out-of-band buffer', Uint8Array.of(0x97), 'opcode 0x97'],
    ['text that is not UTF-8', join(Uint8Array.of(0x58), uint32(1), Uint8Array.of(0xff)), 'UTF-8'],
  ])('%s is refused', async (_, object, why) => {
    await expect(open(object)).rejects.toThrow(why);
  });
});
