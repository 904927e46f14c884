// Which decoder is asked, in which order. Where ffmpeg is not installed, what it would do is not tested.

import { spawnSync } from 'node:child_process';
import { AudiozooError } from '@audiozoo/core';
import { openAudioStream, readAudio, type SoundDecoder } from '@audiozoo/features/audio';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { processorTime } from '../../../testing/processor-time.js';
import { chunk, formatChunk, riff } from '../../../testing/wav-chunks.js';
import { wav16 } from '../../../testing/wav-file.js';
import { cutFrames } from '../src/audio/decoded-audio.js';
import { fixturePath, readFixture } from './fixture.js';

const ffmpegAvailable = spawnSync('ffmpeg', ['-version']).status === 0;
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A plug-in that knows what lies in its format beforehand. */
function decoder(name: string, formats: readonly string[], open?: SoundDecoder['open']): SoundDecoder {
  async function* blocks() {
    for (let count = 0; count < 50; count++) yield new Float32Array(1000).fill(0.25);
  }
  const decoded = {
    sampleRate: 8000,
    channels: 1,
    blocks: (first: number, end: number) => cutFrames(blocks(), 1, first, end),
    async close() {},
  };
  return { name, formats, open: open ?? (async () => decoded) };
}

const damaged = new AudiozooError({ code: 'audio', what: 'the frames are damaged' });
const flac = Buffer.from('fLaC\0\0\0\x22');
const wav = wav16([1, 2, 3], { sampleRate: 8000 });
const length = async (file: Uint8Array, options: Parameters<typeof readAudio>[1]) =>
  (await readAudio(file, options)).samples.length;

async function refusal(reading: Promise<unknown>): Promise<AudiozooError> {
  const error = await reading.catch((reason: unknown) => reason);
  if (AudiozooError.isInstance(error)) return error;
  throw error;
}

describe('decoders', () => {
  test('are asked in their order for what they know, and never for plain WAV', async () => {
    const asked: string[] = [];
    const asks = (name: string, formats: readonly string[], answer: boolean) =>
      decoder(name, formats, async (...given) => {
        asked.push(name);
        return answer ? decoder('', []).open(...given) : undefined;
      });
    const decoders = [
      asks('other', ['MP3'], true),
      asks('not this', ['FLAC', 'WAV'], false),
      asks('this', ['FLAC', 'WAV'], true),
      asks('too late', ['FLAC'], true),
    ];
    expect(await length(flac, { decoders })).toBe(50_000);
    expect(asked).toEqual(['not this', 'this']);
    expect(await length(wav, { decoders })).toBe(3);
    expect(asked).toHaveLength(2);
  });

  test('can be chosen by name, for WAV too', async () => {
    const decoders = [decoder('one', ['FLAC']), decoder('two', ['FLAC', 'WAV'])];
    expect(await length(wav, { decoders, decoder: 'two' })).toBe(50_000);
    expect(await length(wav, { decoders, decoder: 'auto' })).toBe(3);
    const error = await refusal(readAudio(wav, { decoders, decoder: 'one' }));
    expect(error.code).toBe('audio');
    expect(error.message).toMatch(/holds WAV sound that the decoder one does not decode: expected FLAC/);
  });

  test.each(['two', 'browser', '', 'ffmpeg '])(
    'are listed when there is none of the name %j',
    async (name) => {
      const error = await refusal(readAudio(wav, { decoders: [decoder('one', ['FLAC'])], decoder: name }));
      expect(error.code).toBe('argument');
      expect(error.message).toContain('expected auto, ffmpeg, one');
    },
  );

  test('have the last word on damaged files when ffmpeg is not there', async () => {
    vi.stubEnv('PATH', '');
    const refusing = decoder('one', ['FLAC'], async () => {
      throw damaged;
    });
    expect(await refusal(readAudio(flac, { decoders: [refusing] }))).toBe(damaged);
  });

  test('do not hide mistakes of their own', async () => {
    const broken = decoder('one', ['FLAC'], async () => {
      throw new TypeError('a bug');
    });
    await expect(readAudio(flac, { decoders: [broken] })).rejects.toThrow(TypeError);
  });

  test('are named where nothing can decode', async () => {
    vi.stubEnv('PATH', '');
    const error = await refusal(readAudio(flac));
    expect(error.message).toMatch(/Install ffmpeg .*`decoders` from @audiozoo\/codecs/);
  });
});

describe.runIf(ffmpegAvailable)('ffmpeg as the decoder (needs ffmpeg)', () => {
  test('reads WAV as we do, when it is asked for', async () => {
    const path = fixturePath('fbank/speech_8k_1s.wav');
    const own = await readAudio(path);
    expect(await readAudio(path, { decoder: 'ffmpeg' })).toEqual(own);
    expect(await readAudio(readFixture('fbank/speech_8k_1s.wav'), { decoder: 'ffmpeg' })).toEqual(own);
    vi.stubEnv('PATH', '');
    expect((await refusal(readAudio(path, { decoder: 'ffmpeg' }))).message).toContain('needs ffmpeg');
  });

  test('is not given big-endian WAV, which it would take for noise', async () => {
    const options = { littleEndian: false };
    const parts = [formatChunk(options), chunk('data', new Uint8Array(2000).fill(7), options)];
    const file = riff(parts, { form: 'RIFX' });
    expect(await length(file, {})).toBe(1000);
    const error = await refusal(readAudio(file, { decoder: 'ffmpeg' }));
    expect(error.code).toBe('audio');
    expect(error.message).toContain('is a big-endian WAV file');
  });

  test('is asked when a decoder finds a file damaged, which then has the last word', async () => {
    const refusing = decoder('one', ['FLAC'], async () => {
      throw damaged;
    });
    expect(await refusal(readAudio(flac, { decoders: [refusing] }))).toBe(damaged);
  });
});

describe('a stream', () => {
  test('ends when it is closed in the midst', async () => {
    let freed = 0;
    const plain = decoder('one', ['FLAC']);
    const counting = decoder('one', ['FLAC'], async (...given) => ({
      ...(await plain.open(...given))!,
      close: async () => void freed++,
    }));
    const stream = await openAudioStream(flac, { decoders: [counting] });
    let pieces = 0;
    for await (const _ of stream) if (++pieces === 3) await stream.close();
    expect([pieces, freed]).toEqual([3, 1]);
    for await (const _ of stream) throw new Error('a closed stream has no sound');
  });

  test('hears its signal although its sound comes without any wait', async () => {
    const controller = new AbortController();
    async function* endless() {
      for (;;) yield new Float32Array(4096);
    }
    const plain = { sampleRate: 8000, channels: 1, blocks: endless, close: async () => {} };
    const decoders = [decoder('one', ['FLAC'], async () => plain)];
    const stream = await openAudioStream(flac, { decoders, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    const reading = (async () => {
      for await (const _ of stream);
    })();
    await expect(reading).rejects.toThrow('enough');
  });

  test('comes in small pieces however far the rate rises', async () => {
    const stream = await openAudioStream(wav16(Array(4000).fill(100), { sampleRate: 100 }), {
      resampleTo: 48_000,
    });
    let [length, longest] = [0, 0];
    for await (const piece of stream) {
      length += piece.length;
      longest = Math.max(longest, piece.length);
    }
    expect(length).toBe(4000 * 480);
    expect(longest).toBeLessThan(2 ** 18);
  });

  test('is not begun to be read into memory when it does not fit', async () => {
    const file = wav16(Array(300_000).fill(0), { sampleRate: 100 });
    const began = processorTime();
    const error = await refusal(readAudio(file, { resampleTo: 768_000 }));
    expect(error.code).toBe('audio-too-long');
    expect(processorTime() - began).toBeLessThan(5000);
  });
});
