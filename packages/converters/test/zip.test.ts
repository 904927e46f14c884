// Archives that are damaged, hostile, or not checkpoints.

import { openCheckpoint } from '@audiozoo/converters';
import { bytesSource } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';
import { join, pickle, stateDictArchive, wholeRecord, zipPieces } from './torch-archive.js';

const archive = () => stateDictArchive({ w: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } });
const open = (bytes: Uint8Array) => openCheckpoint(bytesSource(bytes, 'model.pth'));

/** Where the central directory's record of the entry `index` begins. */
function centralRecord(bytes: Uint8Array, index: number): number {
  const starts: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at++) {
    if (new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true) === 0x02014b50) starts.push(at);
  }
  return starts[index]!;
}

function withField(index: number, offset: number, value: number, size: 2 | 4 = 4): Uint8Array {
  const bytes = archive();
  const view = new DataView(bytes.buffer);
  const at = centralRecord(bytes, index) + offset;
  if (size === 4) view.setUint32(at, value, true);
  else view.setUint16(at, value, true);
  return bytes;
}

test('an archive of this writer reads back', async () => {
  const checkpoint = await open(archive());
  expect((await checkpoint.tensors.get('w')!.read()).data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
});

describe('entries', () => {
  test.each([
    ['that overlap', withField(1, 42, 0), 'overlaps'],
    ['beyond the file', withField(2, 42, 0x7fffffff), 'overlaps'],
    ['that are not where they should be', withField(1, 42, 1), /overlaps|not where/],
    ['that are encrypted', withField(1, 8, 9, 2), 'encrypted'],
    ['of an unknown method', withField(1, 10, 12, 2), 'unknown method'],
    ['whose two sizes disagree', withField(1, 24, 25), 'sizes disagree'],
    ['that state zip64 sizes they do not have', withField(1, 24, 0xffffffff), 'zip64'],
  ])('%s are refused', async (_, bytes, why) => {
    await expect(open(bytes)).rejects.toThrow(why);
  });

  test('two of one name are refused', async () => {
    const record = wholeRecord('archive/data.pkl', join(pickle.start, pickle.emptyDict, pickle.stop));
    await expect(open(join(...zipPieces([record, record])))).rejects.toThrow('two entries');
  });

  test('that inflate to more than a deflate stream can hold are refused', async () => {
    const bytes = archive();
    const view = new DataView(bytes.buffer);
    const at = centralRecord(bytes, 1);
    view.setUint16(at + 10, 8, true);
    view.setUint32(at + 24, 0xfffffff0, true);
    await expect(open(bytes)).rejects.toThrow('impossible size');
  });
});

describe('archives of other kinds', () => {
  const records = [wholeRecord('archive/data.pkl', join(pickle.start, pickle.emptyDict, pickle.stop))];

  test('TorchScript is refused with advice', async () => {
    const script = [...records, wholeRecord('archive/constants.pkl', new Uint8Array(1))];
    await expect(open(join(...zipPieces(script)))).rejects.toThrow('torch.jit.load(path).state_dict()');
  });

  test('a zipped checkpoint is refused with advice', async () => {
    const zipped = zipPieces([wholeRecord('models/audioset.pth', new Uint8Array(8))]);
    await expect(open(join(...zipped))).rejects.toThrow('Unpack it and name "models/audioset.pth"');
  });

  test('big-endian ones are refused', async () => {
    const big = [...records, wholeRecord('archive/byteorder', new TextEncoder().encode('big'))];
    await expect(open(join(...zipPieces(big)))).rejects.toThrow('byte order');
  });

  test.each([
    ['a gzip file', Uint8Array.of(0x1f, 0x8b, 8), 'gzip'],
    [
      'a Git LFS pointer',
      new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'),
      'Git LFS',
    ],
    ['JSON', new TextEncoder().encode('{"error": "not found"}'), 'JSON'],
    ['zeros', new Uint8Array(1000), 'zeros'],
    ['a tar archive', tarHeader(), 'tar archive'],
  ])('%s is named for what it is', async (_, bytes, why) => {
    await expect(open(bytes)).rejects.toThrow(why);
  });
});

function tarHeader(): Uint8Array {
  const bytes = new Uint8Array(1024);
  bytes.set(new TextEncoder().encode('sys_info'), 0);
  bytes.set(new TextEncoder().encode('ustar'), 257);
  return bytes;
}
