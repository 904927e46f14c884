// Whatever happens to a file, it reads, or it is refused by an AudiozooError. Nothing else, ever.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '@audiozoo/converters';
import { AudiozooError, bytesSource } from '@audiozoo/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures/pth');
const maxFuzzedBytes = 8000;
const runs = 60;

const files = readdirSync(fixtures)
  .filter((file) => file.endsWith('.pth'))
  .map((file) => [file, readFileSync(join(fixtures, file))] as const)
  .filter(([, bytes]) => bytes.length > 0 && bytes.length <= maxFuzzedBytes);

async function readsOrIsRefused(bytes: Uint8Array): Promise<void> {
  try {
    const checkpoint = await openCheckpoint(bytesSource(bytes, 'fuzzed'));
    for (const tensor of checkpoint.tensors.values()) {
      const { shape, data } = await tensor.read();
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
    }
    await checkpoint.verify();
  } catch (error) {
    if (!AudiozooError.isInstance(error)) throw error;
  }
}

describe.each(files)('%s', (_, original) => {
  test('with flipped bytes reads or is refused', async () => {
    const flips = fc.array(fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const bytes = Uint8Array.from(original);
        for (const [at, flip] of changes) bytes[at]! ^= flip;
        await readsOrIsRefused(bytes);
      }),
      { numRuns: runs },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('cut or repeated anywhere reads or is refused', async () => {
    const cuts = fc.tuple(fc.nat(original.length), fc.nat(original.length));
    await fc.assert(
      fc.asyncProperty(cuts, async ([end, restart]) => {
        await readsOrIsRefused(original.subarray(0, end));
        await readsOrIsRefused(Buffer.concat([original.subarray(0, end), original.subarray(restart)]));
      }),
      { numRuns: runs },
    );
  });
});

test('random bytes behind each known beginning read or are refused', async () => {
  const beginnings = [[0x50, 0x4b, 3, 4], [0x80, 2], [0x80, 4, 0x95], [8, 0, 0, 0, 0, 0, 0, 0, 0x7b], []];
  const input = fc.tuple(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 300 }));
  await fc.assert(
    fc.asyncProperty(input, async ([head, rest]) => readsOrIsRefused(Uint8Array.from([...head, ...rest]))),
    { numRuns: 300 },
  );
});
