// Files that PyTorch's own torch.save wrote, with every value that they hold (fixtures/pth/good.json), and
// files to refuse (bad.json).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '@audiozoo/converters';
import { AudiozooError, blobSource, bytesSource, castTensor, type Tensor, toFloat32 } from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { elementCount } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures/pth');

interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** int64 as text. */
  readonly values: readonly (number | string)[];
}
interface GoldenFile {
  readonly file: string;
  readonly note: string;
  readonly tensors: Readonly<Record<string, GoldenTensor>>;
}

const readJson = (name: string) => JSON.parse(readFileSync(join(fixtures, name), 'utf8'));
const good: GoldenFile[] = readJson('good.json').files;
const bad: { file: string; why: string }[] = readJson('bad.json').files;

function valuesOf(tensor: Tensor): (number | string)[] {
  if (tensor.dtype === 'int64') return Array.from(tensor.data, String);
  if (tensor.dtype === 'float64') return [...tensor.data];
  return Array.from(castTensor(tensor, 'float64').data);
}

describe.each(good)('$file ($note)', ({ file, tensors: golden }) => {
  test.each(['file', 'blob'])('reads to the very values from a %s', async (kind) => {
    const path = join(fixtures, file);
    const source = kind === 'file' ? await openFile(path) : blobSource(new Blob([readFileSync(path)]), file);
    const checkpoint = await openCheckpoint(source);
    expect(checkpoint.format).toBe(file.includes('legacy') ? 'pytorch-legacy' : 'pytorch-zip');
    expect([...checkpoint.tensors.keys()].sort()).toEqual(Object.keys(golden).sort());
    for (const [name, expected] of Object.entries(golden)) {
      const tensor = await checkpoint.tensors.get(name)!.read();
      expect({ dtype: tensor.dtype, shape: tensor.shape, values: valuesOf(tensor) }).toEqual(expected);
    }
    await checkpoint.verify();
    await source.close();
  });

  test('reads rows as they stand in the whole', async () => {
    const checkpoint = await openCheckpoint(bytesSource(readFileSync(join(fixtures, file)), file));
    for (const tensor of checkpoint.tensors.values()) {
      const [height, ...rest] = tensor.shape;
      if (height === undefined || height < 2) continue;
      const part = await tensor.read({ rows: { start: 1, end: height } });
      expect(part.shape).toEqual([height - 1, ...rest]);
      const whole = toFloat32(await tensor.read());
      expect(toFloat32(part)).toEqual(whole.subarray(elementCount(rest)));
    }
  });
});

/** Two files that are all repetition are made here. */
const made: Record<string, () => Uint8Array> = {
  'pickle_bomb.pth': () => Buffer.from(`\x80\x02]q\0${'(h\0'.repeat(200_000)}.`, 'latin1'),
  'deep_nesting.pth': () => Buffer.from(`\x80\x02${']'.repeat(100_000)}${'a'.repeat(99_999)}.`, 'latin1'),
};
const bytesOf = (file: string) => made[file]?.() ?? readFileSync(join(fixtures, file));

/** What each error must say, for a person to know what to do. */
const reasons: Record<string, RegExp> = {
  'evil_system.pth': /"posix\.system"/,
  'evil_eval_legacy.pth': /"__builtin__\.eval"/,
  'whole_module.pth': /model\.state_dict\(\)/,
  'truncated_half.pth': /cut short/,
  'empty.pth': /is empty/,
  'text.pth': /an HTML page was saved in place of the file/,
  'random.pth': /begins like none of the known formats/,
  'legacy_truncated.pth': /cut short inside the storage/,
  'short_storage.pth': /storage "0" in the wrong size: expected 48 bytes, got 8/,
  'missing_storage.pth': /lacks the storage "1"/,
  'no_data_pkl.pth': /not one that torch\.save wrote: expected an entry data\.pkl/,
  'flipped_bit.pth': /"plain_zip\/data\/0" is damaged: expected checksum/,
  'pickle_bomb.pth': /not one that torch\.save wrote/,
  'deep_nesting.pth': /not one that torch\.save wrote/,
};

describe.each(bad.filter(({ file }) => file !== 'proto_pollution.pth'))('$file ($why)', ({ file }) => {
  test('is refused with the reason', async () => {
    const reading = openCheckpoint(bytesSource(bytesOf(file), file)).then((checkpoint) =>
      checkpoint.verify(),
    );
    const error = await reading.catch((reason: unknown) => reason);
    expect(AudiozooError.isInstance(error, 'checkpoint')).toBe(true);
    expect((error as Error).message).toMatch(reasons[file]!);
  });
});

test('a damaged tensor is refused each time it is read, by rows too, and its sound neighbor is read', async () => {
  const checkpoint = await openCheckpoint(bytesSource(bytesOf('flipped_bit.pth')));
  for (const options of [{}, {}, { rows: { start: 0, end: 1 } }]) {
    await expect(checkpoint.tensors.get('w')!.read(options)).rejects.toThrow(/checksum/);
  }
  expect((await checkpoint.tensors.get('b')!.read()).shape).toEqual([4]);
});

test('keys such as __proto__ are names like any other', async () => {
  const checkpoint = await openCheckpoint(bytesSource(bytesOf('proto_pollution.pth')));
  expect([...checkpoint.tensors.keys()].some((name) => name.includes('__proto__'))).toBe(true);
  for (const tensor of checkpoint.tensors.values()) await tensor.read();
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
