// Which format a file is in, told by its first bytes; and when in none, what it seems to be instead.

import { type ByteSource, readSafetensors } from '@audiozoo/core';
import { checkOptions, isWebPage } from '@audiozoo/core/plugin';
import { checkSource } from '../check-call.js';
import { openLegacyCheckpoint } from '../pytorch/pytorch-legacy.js';
import { openZipCheckpoint } from '../pytorch/pytorch-zip.js';
import { downloadAgain, refusal } from '../refusal.js';
import type { Checkpoint } from './checkpoint.js';
import { storedCheckpoint } from './stored-checkpoint.js';

const sniffedBytes = 512;

/**
 * Opens a checkpoint: `.pth`/`.pt`/`.bin` of torch.save, zip or legacy, or one safetensors file. Reads
 * names and shapes; tensors are read later, by range, so `source` stays the caller's to close, afterwards.
 *
 * Nothing in the file is run. Throws `checkpoint` (or `safetensors`) errors that say what is wrong with
 * files that are damaged, hostile or something else.
 */
export async function openCheckpoint(
  source: ByteSource,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Checkpoint> {
  checkSource(source);
  checkOptions('openCheckpoint', options, { signal: 'signal' });
  const { signal } = options;
  signal?.throwIfAborted();
  const head = await source.read(0, Math.min(source.size, sniffedBytes));
  const starts = (...bytes: number[]) => bytes.every((byte, index) => head[index] === byte);

  if (starts(0x50, 0x4b, 0x03, 0x04) || starts(0x50, 0x4b, 0x05, 0x06))
    return openZipCheckpoint(source, signal);
  if (starts(0x80) && head[1]! >= 2 && head[1]! <= 5) return openLegacyCheckpoint(source, signal);
  // A safetensors file: the header's length, below 2^32 in all that exist, and the header's brace.
  if (head[8] === 0x7b && head[4] === 0 && head[5] === 0 && head[6] === 0 && head[7] === 0) {
    const { tensors } = await readSafetensors(source, { signal });
    return storedCheckpoint(tensors, signal);
  }
  throw notACheckpoint(source.name, head);
}

function notACheckpoint(name: string, head: Uint8Array) {
  const expected = 'a file that torch.save wrote (.pth, .pt, .bin) or a safetensors file';
  const text = new TextDecoder('latin1').decode(head).trimStart().toLowerCase();
  const is = (why: string, hint = downloadAgain) => refusal(name, why, { expected, hint });

  if (head.length === 0) return is('is empty');
  if (head.every((byte) => byte === 0)) return is('begins with nothing but zeros');
  if (isWebPage(head)) {
    return is(
      'is a web page: an HTML page was saved in place of the file',
      'Download the file itself; the page may say why it was not given.',
    );
  }
  if (text.startsWith('version https://git-lfs')) {
    return is('is a Git LFS pointer, not the file', 'Run `git lfs pull`, or download the file itself.');
  }
  if (text.startsWith('{') || text.startsWith('[')) return is('is JSON text');
  if (new TextDecoder('latin1').decode(head.subarray(257, 262)) === 'ustar') {
    return is(
      'is a tar archive',
      'Unpack it; if it is itself a checkpoint (PyTorch 0.1), load it in Python and save it again.',
    );
  }
  if (head[0] === 0x1f && head[1] === 0x8b) return is('is compressed with gzip', 'Unpack it first.');
  if (text.startsWith('\x89hdf')) {
    return is('is an HDF5 file', 'Keras and TensorFlow weights are not read: export them from PyTorch.');
  }
  return is('is no checkpoint: it begins like none of the known formats');
}
