// Where ffmpeg is not installed, only what happens without it is tested; scripts/test.mjs says so.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudiozooError, bytesSource } from '@audiozoo/core';
import { ownerMark } from '@audiozoo/core/disk';
import { openAudioStream, readAudio } from '@audiozoo/features/audio';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { processorTime } from '../../../testing/processor-time.js';
import { wav16 } from '../../../testing/wav-file.js';
import { openWithFfmpeg } from '../src/audio/ffmpeg.js';
import { differences, fixturePath, joined, readFixture, readSamples } from './fixture.js';

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

/** The mean difference where the two fit best, within some thousand samples at the beginning. */
function leastDifference(a: Float32Array, b: Float32Array): number {
  const length = Math.min(a.length, b.length) - 4096;
  let least = Infinity;
  for (let shift = -2600; shift <= 2600; shift++) {
    let total = 0;
    for (let index = 2600; index < length; index += 37) total += Math.abs(a[index + shift]! - b[index]!);
    least = Math.min(least, (37 * total) / (length - 2600));
  }
  return least;
}

function encode(name: string, ...options: string[]): string {
  const path = join(folder, name);
  const source = fixturePath('fbank/speech_44k1_1s.wav');
  execFileSync('ffmpeg', ['-nostdin', '-y', '-v', 'error', '-i', source, ...options, `file:${path}`]);
  return path;
}

describe.runIf(ffmpegAvailable)('compressed sound (needs ffmpeg)', () => {
  test.each(['sound.flac', 'sound.aiff', 'sound.caf', '-sound.flac'])(
    'reads %s without loss',
    async (name) => {
      const path = encode(name);
      expect(await readAudio(path)).toEqual({ samples: original, sampleRate: 44100 });
      expect(await readAudio(new Blob([readFileSync(path)]))).toEqual({
        samples: original,
        sampleRate: 44100,
      });
    },
  );

  test.each(['sound.mp3', 'sound.ogg', 'sound.m4a', 'sound.mka'])(
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

  test.each([
    ['sound.avi', 'libmp3lame', 0],
    ['sound.ts', 'mp2', 0],
    ['sound.m2ts', 'ac3', 0],
    ['sound.mpg', 'mp2', 0],
    ['sound.flv', 'libmp3lame', 0],
    ['sound.ac3', 'ac3', 0],
    ['sound.latm', 'aac', 0],
    ['sound.nut', 'pcm_s16le', 0],
    ['sound.tta', 'tta', 0],
    ['sound.wv', 'wavpack', 0],
    ['sound.voc', 'pcm_s16le', 0],
    ['sound.mov', 'pcm_s16le', 'ftyp'],
  ] as const)('reads %s, whatever it is called', async (name, codec, withoutAtom) => {
    const file = readFileSync(encode(name, '-c:a', codec));
    if (withoutAtom !== 0) file.write('free', file.indexOf(withoutAtom), 'latin1');
    const lossless = ['tta', 'wavpack', 'pcm_s16le'].includes(codec);
    for (const ending of ['m3u8', 'sw']) {
      const path = join(folder, `lying.${ending}`);
      writeFileSync(path, file);
      const { samples, sampleRate } = await readAudio(path);
      expect(sampleRate).toBe(44100);
      if (lossless) expect(samples).toEqual(original);
      expect(Math.abs(samples.length - original.length)).toBeLessThan(4096);
      // Encoders begin with silence that not every container tells of.
      expect(leastDifference(samples, original)).toBeLessThan(lossyTolerance);
    }
  });

  test('reads NIST SPHERE, whose header is text', async () => {
    const header = [
      'NIST_1A\n   1024\nsample_count -i 44100\nsample_n_bytes -i 2\nchannel_count -i 1',
      'sample_byte_format -s2 01\nsample_rate -i 44100\nsample_coding -s3 pcm\nend_head\n',
    ];
    const file = Buffer.alloc(1024);
    file.write(header.join('\n'), 'latin1');
    const samples = readFixture('fbank/speech_44k1_1s.wav').subarray(44);
    expect((await readAudio(Buffer.concat([file, samples]))).samples).toEqual(original);
  });

  test.each(['mp3', 'aac'])('finds %s behind zeros, junk and half a frame', async (ending) => {
    const whole = readFileSync(encode(`begin.${ending}`));
    const { samples } = await readAudio(whole);
    const junk = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * index * 31 + index) % 251));
    for (const before of [Buffer.alloc(300), Buffer.alloc(200_000), junk]) {
      expect((await readAudio(Buffer.concat([before, whole]))).samples).toEqual(samples);
    }
    const amidst = await readAudio(whole.subarray(1100));
    expect(amidst.sampleRate).toBe(44100);
    expect(amidst.samples.length).toBeGreaterThan(0.85 * samples.length);
    expect(leastDifference(amidst.samples, samples.subarray(-amidst.samples.length))).toBeLessThan(
      lossyTolerance,
    );
  });

  test.each(['mp3', 'flac', 'm4a', 'mka'])('reads %s with a title of many kB', async (ending) => {
    const plain = await readAudio(encode(`plain.${ending}`, '-map_metadata', '-1'));
    const title = encode(`title.${ending}`, '-metadata', `title=${'la '.repeat(4000)}`);
    expect(await readAudio(title)).toEqual(plain);
  });

  test('reads FLAC with hundreds of artists', async () => {
    const plain = readFileSync(encode('artists.flac'));
    const artist = Buffer.from('\x0e\0\0\0ARTIST=someone', 'latin1');
    const comments = Buffer.concat([
      Buffer.from('\0\0\0\0\x90\x01\0\0', 'latin1'), // no vendor, 400 comments
      ...Array<Buffer>(400).fill(artist),
    ]);
    const header = Buffer.from([4, 0, comments.length >> 8, comments.length & 255]);
    const behindInfo = 4 + 4 + 34;
    const file = Buffer.concat([plain.subarray(0, behindInfo), header, comments, plain.subarray(behindInfo)]);
    expect((await readAudio(file)).samples).toEqual(original);
  });

  test('says of a video without sound that it has none', async () => {
    const path = join(folder, 'silent.mp4');
    const picture = ['-f', 'lavfi', '-i', 'testsrc=duration=0.2:size=32x32:rate=10'];
    execFileSync('ffmpeg', ['-nostdin', '-y', '-v', 'error', ...picture, `file:${path}`]);
    const error = await refusal(readAudio(path));
    expect(error.code).toBe('audio');
    expect(error.message).toContain('silent.mp4 has no sound track');
  });

  test.each([
    ['a list of files', "ffconcat version 1.0\nfile 'secret.wav'\n"],
    ['a playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.wav\n#EXT-X-ENDLIST\n'],
    ['a session', 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 5004 RTP/AVP 0\n'],
    ['a manifest', '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>'],
    ['subtitles', '1\n00:00:00,000 --> 00:00:01,000\nhello\n'],
  ])('opens no other file for %s, with or without a byte that is no text', async (_, text) => {
    writeFileSync(join(folder, 'secret.wav'), wav16(Array(8000).fill(1000)));
    for (const [ending, found] of [
      ['', 'got text'],
      ['\x01', 'got bytes of an unknown kind'],
    ] as const) {
      const path = join(folder, 'list.m3u8');
      writeFileSync(path, text + ending);
      const error = await refusal(readAudio(path));
      expect(error.code).toBe('audio');
      expect(error.message).toContain('is not sound');
      expect(error.message).toContain(found);
    }
  });

  test.each(['concat:a.wav|b.wav', 'pipe:0', 'data:audio/wav;base64,UklGRg=='])(
    'takes %s for the name of a file',
    async (path) => {
      expect((await refusal(readAudio(path))).code).toBe('file');
    },
  );

  test.skipIf(process.platform === 'win32')('ends when ffmpeg does not get on', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]); // ffmpeg waits for whoever writes into it
    const source = bytesSource(new Uint8Array(1000), 'sound.flac');
    const format = { name: 'FLAC', demuxer: 'flac', start: 0, junk: 0 };
    const error = await refusal(openWithFfmpeg(source, format, path, { stallSeconds: 0.3 }));
    expect(error.code).toBe('audio');
    expect(error.message).toContain('ffmpeg does not come to an end with sound.flac');
  });

  test('tells what ffmpeg says of sound that is damaged in places', async () => {
    const file = readFileSync(encode('damaged.m4a'));
    file.fill(0x55, file.length >> 2, (file.length >> 2) + 1000);
    const notes: string[] = [];
    const { samples } = await readAudio(file, { onNote: (note) => notes.push(note) });
    expect(samples.length).toBeGreaterThan(20_000);
    expect(notes.join()).toMatch(/^the file is damaged in places, of which ffmpeg says: /);
    expect(notes.join()).not.toMatch(/0x/); // of the process's memory: another each time
  });

  test('streams it exactly, and reads exact parts', async () => {
    const path = encode('parts.mp3');
    const whole = (await readAudio(path)).samples;
    const pieces: Float32Array[] = [];
    for await (const piece of await openAudioStream(path)) pieces.push(piece);
    expect(joined(pieces)).toEqual(whole);
    const part = await readAudio(path, { start: 0.25, duration: 0.5 });
    expect(part.samples).toEqual(whole.slice(11025, 33075));
  });

  test('reads WAV codecs that are not plain samples', async () => {
    expect((await readAudio(encode('adpcm.wav', '-c:a', 'adpcm_ms'))).sampleRate).toBe(44100);
  });

  test('takes the channel asked for', async () => {
    const path = encode('stereo.flac', '-af', 'pan=stereo|c0=c0|c1=0*c0');
    expect((await readAudio(path)).samples).toEqual(original);
    expect(Math.max(...(await readAudio(path, { channel: 1 })).samples)).toBe(0);
  });

  test('refuses damaged files with what ffmpeg says, and leaves nothing behind', async () => {
    const spools = () => readdirSync(tmpdir()).filter((name) => name.startsWith(ownerMark()));
    const damaged = Buffer.concat([Buffer.from('\0\0\0\x20ftypM4A '), Buffer.alloc(5000, 7)]);
    const error = await refusal(readAudio(damaged));
    expect(error.code).toBe('audio');
    expect(error.message).toMatch(/cannot be decoded as MPEG-4 sound: got /);
    expect(spools()).toEqual([]);
  });

  test('ends quickly when it is closed, whether anybody reads or not, and leaves nothing behind', async () => {
    const long = encode('closed.flac', '-af', 'aloop=loop=600:size=44100');
    const temporary = mkdtempSync(join(folder, 'temporary-'));
    vi.stubEnv('TMPDIR', temporary);
    for (const source of [long, new Blob([readFileSync(long)])]) {
      const idle = await openAudioStream(source);
      const read = await openAudioStream(source);
      let pieces = 0;
      const reading = (async () => {
        for await (const _ of read) if (++pieces === 3) void read.close();
      })();
      await reading; // comes to its end
      expect(pieces).toBeLessThan(100);
      const began = { processor: processorTime(), at: performance.now() };
      await idle.close(); // what nobody reads would never end by itself
      expect(processorTime() - began.processor).toBeLessThan(500); // and nothing of it is read on the way
      expect(performance.now() - began.at).toBeLessThan(20_000);
      for await (const _ of idle) throw new Error('a closed stream has no sound');
    }
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('leaves nothing behind when it is told to stop and nobody reads', async () => {
    const temporary = mkdtempSync(join(folder, 'temporary-'));
    vi.stubEnv('TMPDIR', temporary);
    const file = readFileSync(encode('stopped.flac', '-af', 'aloop=loop=600:size=44100'));
    const controller = new AbortController();
    await openAudioStream(file, { signal: controller.signal });
    expect(readdirSync(temporary)).toHaveLength(1);
    controller.abort(new Error('enough'));
    await expect.poll(() => readdirSync(temporary), { timeout: 30_000 }).toEqual([]);
  });

  test('stops its process when told to', async () => {
    const controller = new AbortController();
    const reading = readAudio(encode('long.flac', '-af', 'aloop=loop=600:size=44100'), {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(reading).rejects.toThrow('enough');
  });
});

/** Frames of MPEG 1, layer III, 128 kbit/s at 44.1 kHz, all of silence. */
const mp3Frames = Array.from({ length: 8 }, () =>
  Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(413)]),
);

describe('compressed sound, without ffmpeg', () => {
  test('says of bytes of an unknown kind that ffmpeg may know them', async () => {
    vi.stubEnv('PATH', folder);
    const error = await refusal(readAudio(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8])));
    expect(error.message).toContain('got bytes of an unknown kind');
    expect(error.message).toContain('apt install ffmpeg');
  });

  test('takes text that begins as MP3 does for text', async () => {
    const text = Buffer.from('\ufeffA text of some length in sixteen bits', 'utf16le');
    expect((await refusal(readAudio(text))).message).toContain('is not sound');
  });

  test.each([
    ['FLAC', Buffer.from('fLaC\0\0\0\x22')],
    ['Ogg', Buffer.from('OggS\0\x02')],
    ['MP3', Buffer.from('ID3\x04\0\0\0\0\0\x01\0\xff\xfb\x90\0', 'latin1')],
    ['MP3', Buffer.from([0xff, 0xfb, 0x90, 0x00, 0, 0])],
    ['AAC', Buffer.from([0xff, 0xf1, 0x50, 0x80, 0, 0])],
    ['MP3', Buffer.concat([Buffer.alloc(5000), ...mp3Frames])],
    ['MP3', Buffer.concat([mp3Frames[0]!.subarray(100), ...mp3Frames])],
    ['MP3', Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x02\0\0'), Buffer.alloc(90), ...mp3Frames])],
    ['FLAC', Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x02\0\0'), Buffer.from('fLaC\0\0\0\x22')])],
    ['QuickTime', Buffer.from('\0\0\0\x08wide\0\0\0\0mdat')],
    ['AVI', Buffer.from('RIFF\0\0\0\0AVI LIST')],
    ['Flash video', Buffer.from('FLV\x01\x05')],
    ['NIST SPHERE', Buffer.from('NIST_1A\n   1024\n')],
    ['MPEG transport stream', Buffer.alloc(188 * 4, 'G'.padEnd(188, '\0'))],
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
