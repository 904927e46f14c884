// Sound.

import { readAudio } from '@audiozoo/features/audio';
import { chunk, formatChunk, riff } from '../../../testing/wav-chunks.js';
import { wav16, wavFile } from '../../../testing/wav-file.js';
import { mutated } from '../mutations.js';
import type { FuzzedReader } from '../reader.js';
import { decode } from './fixture.js';

const samples = Array.from({ length: 300 }, (_, index) => Math.round(8000 * Math.sin(index / 5)));
const wavSeeds = [
  wav16(samples),
  wav16(samples, { channels: 2, extensible: true }),
  wav16(samples, { rf64: true }),
  wav16(samples, { chunks: [{ id: 'LIST', size: 11 }] }),
  wavFile(new Uint8Array(600), { format: 'int', bits: 24 }),
  wavFile(new Uint8Array(600), { format: 'float', bits: 32 }),
  wavFile(new Uint8Array(300), { format: 'mulaw', bits: 8 }),
  ...['RIFX', 'BW64'].map((form) => {
    const order = { littleEndian: form !== 'RIFX' };
    return riff([formatChunk(order), chunk('data', new Uint8Array(600), order)], { form });
  }),
];

/** As WAV only: what else a file begins like is for other readers, or for other programs. */
async function readWav(input: Uint8Array): Promise<void> {
  const head = decode(input.subarray(0, 4));
  if (!/^(RIFF|RIFX|RF64|BW64)/.test(head)) return;
  process.env.PATH = ''; // no other program is asked
  await readAudio(input, { sampleRate: 16000 });
}

export const soundReaders: readonly FuzzedReader[] = [
  { name: 'wav', files: mutated(wavSeeds), read: readWav },
];
