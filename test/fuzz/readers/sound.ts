// Sound.

import { codecs } from '@audiozoo/codecs';
import { readAudio } from '@audiozoo/features/audio';
import { chunk, formatChunk, riff } from '../../../testing/wav-chunks.js';
import { wav16, wavFile } from '../../../testing/wav-file.js';
import { mutated } from '../mutations.js';
import type { FuzzedReader } from '../reader.js';
import { fixture } from './fixture.js';

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

/** As sound of this kind only: what else a file begins like is for other readers, or for other programs. */
function soundReader(
  name: string,
  seeds: readonly Uint8Array[],
  beginning: RegExp,
  options: Pick<FuzzedReader, 'runs'> = {},
): FuzzedReader {
  return {
    name,
    files: mutated(seeds),
    ...options,
    async read(input) {
      if (!beginning.test(new TextDecoder('latin1').decode(input.subarray(0, 12)))) return;
      process.env.PATH = ''; // no other program is asked
      await readAudio(input, { resampleTo: 16000, decoders: codecs });
    },
  };
}

/** What the decoders read: their code is not ours, and slow to start. */
function compressed(name: string, files: readonly string[], beginning: RegExp): FuzzedReader {
  const seeds = files.map((file) => fixture(`codecs/test/fixtures/${file}`));
  return soundReader(name, seeds, beginning, { runs: 60 });
}

export const soundReaders: readonly FuzzedReader[] = [
  soundReader('wav', wavSeeds, /^(RIFF|RIFX|RF64|BW64)/),
  compressed('mp3', ['mono-untagged.mp3', 'mono-layer-2.mp3'], /^(ID3|\xff[\xe0-\xff])/),
  compressed('flac', ['mono-flac.oga', 'mono-24-bit.flac'], /^(fLaC|OggS)/),
  compressed('ogg', ['mono-opus.ogg', 'mono-vorbis.ogg'], /^OggS/),
  compressed(
    'webm',
    ['mono-opus.webm', 'mono-vorbis.webm', 'mono-mp3.mkv', 'film-silent.mkv'],
    /^.\x45\xdf\xa3/s,
  ),
  compressed(
    'mp4',
    ['mono-opus.mp4', 'mono-opus-fragments.mp4', 'mono-mp3.mp4', 'film-silent.mp4'],
    /^....ftyp/s,
  ),
];
