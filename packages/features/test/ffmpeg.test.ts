// Where ffmpeg is not installed, only what happens without it is tested; scripts/test.mjs says so.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { ownerMark } from '@audiozoo/core/disk';
import { openAudioStream, readAudio } from '@audiozoo/features/audio';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { differences, fixturePath, joined, readSamples } from './fixture.js';

const ffmpegAvailable = spawnSync('ffmpeg', ['-version']).status === 0;
/** What lossy coding may change of a spoken second on average. */
const lossyTolerance = 0.05;

const folder = mkdtempSync(join(tmpdir(), 'audiozoo-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

async function refusal(reading: Promise<unknown>): Promise<AudiozooError> {
  const error = await reading.then(
    () => new Error('was not refused'),
    (reason: unknown) => reason,
  );
  if (AudiozooError.isInstance(error)) return error;
  throw error;
}

const original = readSamples('fbank/speech_44k1_1s.wav');

function encode(name: string, ...options: string[]): string {
  const path = join(folder, name);
  const source = fixturePath('fbank/speech_44k1_1s.wav');
  execFileSync('ffmpeg', ['-nostdin', '-y', '-v', 'error', '-i', source, ...options, `file:${path}`]);
  return path;
}

describe.runIf(ffmpegAvailable)('compressed sound (needs ffmpeg: none found)', () => {
  it.each(['sound.flac', 'sound.aiff', 'sound.caf', '-sound.flac'])('reads %s without loss', async (name) => {
    const path = encode(name);
    expect(await readAudio(path)).toEqual({ samples: original, sampleRate: 44100 });
    expect(await readAudio(new Blob([readFileSync(path)]))).toEqual({ samples: original, sampleRate: 44100 });
  });

  it.each(['sound.mp3', 'sound.ogg', 'sound.m4a', 'sound.mka'])(
    'reads %s the same from a path and from bytes',
    async (name) => {
      const path = encode(name);
      const audio = await readAudio(path);
      expect(audio.sampleRate).toBe(44100);
      expect(Math.abs(audio.samples.length - original.length)).toBeLessThan(4096);
      const common = Math.min(audio.samples.length, original.length);
      expect(differences(audio.samples.subarray(0, common), original.subarray(0, common)).mean).toBeLessThan(
        lossyTolerance,
      );
      expect(await readAudio(readFileSync(path))).toEqual(audio);
    },
  );

  it('streams it exactly, and reads exact parts', async () => {
    const path = encode('parts.mp3');
    const whole = (await readAudio(path)).samples;
    const pieces: Float32Array[] = [];
    for await (const piece of await openAudioStream(path)) pieces.push(piece);
    expect(joined(pieces)).toEqual(whole);
    const part = await readAudio(path, { start: 0.25, duration: 0.5 });
    expect(part.samples).toEqual(whole.slice(11025, 33075));
  });

  it('reads WAV codecs that are not plain samples', async () => {
    expect((await readAudio(encode('adpcm.wav', '-c:a', 'adpcm_ms'))).sampleRate).toBe(44100);
  });

  it('takes the channel asked for', async () => {
    const path = encode('stereo.flac', '-af', 'pan=stereo|c0=c0|c1=0*c0');
    expect((await readAudio(path)).samples).toEqual(original);
    expect(Math.max(...(await readAudio(path, { channel: 1 })).samples)).toBe(0);
  });

  it('refuses damaged files with what ffmpeg says, and leaves nothing behind', async () => {
    const spools = () => readdirSync(tmpdir()).filter((name) => name.startsWith(ownerMark()));
    const damaged = Buffer.concat([Buffer.from('\0\0\0\x20ftypM4A '), Buffer.alloc(5000, 7)]);
    const error = await refusal(readAudio(damaged));
    expect(error.code).toBe('audio');
    expect(error.message).toMatch(/cannot be decoded as MPEG-4 sound: got /);
    expect(spools()).toEqual([]);
  });

  it('stops its process when told to', async () => {
    const controller = new AbortController();
    const reading = readAudio(encode('long.flac', '-af', 'aloop=loop=600:size=44100'), {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('compressed sound, without ffmpeg', () => {
  it.each([
    ['FLAC', Buffer.from('fLaC\0\0\0\x22')],
    ['Ogg', Buffer.from('OggS\0\x02')],
    ['MP3', Buffer.from('ID3\x04\0\0\0\0\0\x01\0\xff\xfb\x90\0', 'latin1')],
    ['MP3', Buffer.from([0xff, 0xfb, 0x90, 0x00, 0, 0])],
    ['AAC', Buffer.from([0xff, 0xf1, 0x50, 0x80, 0, 0])],
    ['MPEG-4', Buffer.from('\0\0\0\x20ftypM4A ')],
  ])('names %s and says how to install ffmpeg', async (format, bytes) => {
    const path = join(folder, 'sound');
    writeFileSync(path, bytes);
    vi.stubEnv('PATH', folder);
    for (const source of [path, bytes]) {
      const error = await refusal(readAudio(source));
      expect(error.code).toBe('audio');
      expect(error.message).toContain(`holds ${format} sound, which needs ffmpeg`);
      expect(error.message).toContain('apt install ffmpeg');
    }
  });
});
