// What comes out is what went into the encoder, in length and place, and what the codec's own decoder makes of it.

import { execFileSync, spawnSync } from 'node:child_process';
import { codecs } from '@audiozoo/codecs';
import { readAudio } from '@audiozoo/features/audio';
import { describe, expect, test } from 'vitest';
import {
  correlation,
  decode,
  decodeKnown,
  fixturePath,
  formatOf,
  largestDifference,
  readFixture,
  readWav,
} from './decoded.js';

const ffmpegAvailable = spawnSync('ffmpeg', ['-version']).status === 0;

const sources = {
  mono: { channels: 1, frames: 8935, sampleRate: 22050 },
  stereo: { channels: 2, frames: 16781, sampleRate: 44100 },
  six: { channels: 6, frames: 4001, sampleRate: 44100 },
} as const;
type Source = keyof typeof sources;
const both = (ending: string): string[] => [`mono${ending}`, `stereo${ending}`];

const lossless = [...['.flac', '-flac.oga', '-flac.mkv', '-flac.mp4'].flatMap(both), 'six.flac'];
const lossy = [
  ...['.mp3', '-mp3.mp4', '-vorbis.ogg', '-vorbis.mp4', '-opus.ogg', '-opus.webm', '-opus.mp4'].flatMap(both),
  ...['six-vorbis.ogg', 'six-opus.ogg'],
];
/** Files that do not say which samples their encoder added: they stay in. */
const withPadding = ['-untagged.mp3', '-layer-2.mp3', '-mp3.mkv', '-vorbis.webm'].flatMap(both);

const sourceOf = (name: string) => /^[a-z]+/.exec(name)![0] as Source;
// ffmpeg's change of rate before Opus moves the sound by some microseconds.
const leastCorrelation = (name: string) => (/six/.test(name) ? 0.9 : /opus/.test(name) ? 0.95 : 0.99);
const tolerance = (name: string) => (/mp3|layer/.test(name) ? 2e-3 : 1e-4);

describe('compressed sound', () => {
  test.each(lossless)('%s comes to the last bit', async (name) => {
    const source = sourceOf(name);
    const { samples, sampleRate, channels, seconds, notes } = await decodeKnown(
      readFixture(name),
      formatOf(name),
    );
    const { frames, ...kind } = sources[source];
    expect({ sampleRate, channels }).toEqual(kind);
    expect(samples).toEqual(readWav(`${source}.wav`));
    if (seconds !== undefined) expect(seconds).toBeCloseTo(frames / sampleRate, 2);
    expect(notes).toEqual([]);
  });

  test.each(lossy)('%s has the length of its source, and lies where it lay', async (name) => {
    const source = sourceOf(name);
    const { samples, sampleRate, channels, notes } = await decodeKnown(readFixture(name), formatOf(name));
    expect(channels).toBe(sources[source].channels);
    const opus = name.includes('opus');
    expect(sampleRate).toBe(opus ? 48_000 : sources[source].sampleRate);
    const frames = (sources[source].frames * sampleRate) / sources[source].sampleRate;
    if (opus)
      expect(Math.abs(samples.length / channels - frames)).toBeLessThan(2); // the encoder resamples
    else expect(samples.length / channels).toBe(frames);
    for (let channel = 0; channel < channels; channel++) {
      const original = await readAudio(fixturePath(`${source}.wav`), { channel, resampleTo: sampleRate });
      const plane = samples.filter((_, index) => index % channels === channel);
      expect(correlation(plane, original.samples)).toBeGreaterThan(leastCorrelation(name));
    }
    expect(notes).toEqual([]);
  });

  test.each(withPadding)('%s keeps what its encoder added, which it does not tell of', async (name) => {
    const { samples, channels, notes } = await decodeKnown(readFixture(name), formatOf(name));
    const added = samples.length / channels - sources[sourceOf(name)].frames;
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThan(3 * 1152);
    expect(notes).toEqual([]);
  });

  test('decodes 24 bits to the last of them', async () => {
    const { samples } = await decodeKnown(readFixture('mono-24-bit.flac'), 'FLAC');
    // Scaled by 0.3, the samples have more bits than 16.
    const original = readWav('mono.wav');
    expect(
      largestDifference(
        samples,
        original.map((value) => 0.3 * value),
      ),
    ).toBeLessThan(2 ** -22);
  });

  test('takes the sound out of a film', async () => {
    const { samples, channels } = await decodeKnown(readFixture('film-vorbis.mkv'), 'WebM');
    expect(channels).toBe(1);
    expect(correlation(samples, readWav('mono.wav'))).toBeGreaterThan(0.99);
  });

  test.each(['mono', 'stereo'])(
    'of %s, the same packets are the same sound in every container',
    async (source) => {
      const opus = await decodeKnown(readFixture(`${source}-opus.ogg`), 'Ogg');
      expect(await decodeKnown(readFixture(`${source}-opus.webm`), 'WebM')).toMatchObject({
        samples: opus.samples,
      });
      expect(await decodeKnown(readFixture(`${source}-opus.mp4`), 'MPEG-4')).toMatchObject({
        samples: opus.samples,
      });
      const fragments = await decodeKnown(readFixture(`${source}-opus-fragments.mp4`), 'MPEG-4');
      expect(fragments).toMatchObject({ samples: opus.samples });
      const vorbis = await decodeKnown(readFixture(`${source}-vorbis.ogg`), 'Ogg');
      const inMpeg4 = await decodeKnown(readFixture(`${source}-vorbis.mp4`), 'MPEG-4');
      expect(inMpeg4).toMatchObject({ samples: vorbis.samples });
      const { samples } = await decodeKnown(readFixture(`${source}.mp3`), 'MP3');
      expect(await decodeKnown(readFixture(`${source}-mp3.mp4`), 'MPEG-4')).toMatchObject({ samples });
    },
  );

  test('leaves AAC to others', async () => {
    expect(await decode(readFixture('mono-aac.mp4'), 'MPEG-4')).toBeUndefined();
  });

  test('brings one decoder for each codec', () => {
    expect(codecs.map(({ name, formats }) => [name, ...formats])).toEqual([
      ['mp3', 'WebM', 'MPEG-4', 'MP3'],
      ['flac', 'FLAC', 'Ogg', 'WebM', 'MPEG-4'],
      ['vorbis', 'Ogg', 'WebM', 'MPEG-4'],
      ['opus', 'Ogg', 'WebM', 'MPEG-4'],
    ]);
  });

  test.each(['mono.mp3', 'stereo.flac', 'stereo-opus.ogg'])('%s needs no ffmpeg', async (name) => {
    const { channels, ...whole } = await decodeKnown(readFixture(name), formatOf(name));
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      const { samples, sampleRate } = await readAudio(fixturePath(name), { decoders: codecs });
      expect(sampleRate).toBe(whole.sampleRate);
      expect(samples).toEqual(whole.samples.filter((_, index) => index % channels === 0));
    } finally {
      process.env.PATH = path;
    }
  });
});

describe.runIf(ffmpegAvailable)('beside ffmpeg (needs ffmpeg)', () => {
  const compared = [...lossy, ...withPadding, 'mono-24-bit.flac', 'film-vorbis.mkv'];
  // Of MPEG-4, ffmpeg takes neither end for what it is.
  test.each(compared.filter((name) => !name.endsWith('.mp4')))('%s is the same sound', async (name) => {
    const { samples } = await decodeKnown(readFixture(name), formatOf(name));
    // Opus is what libopus makes of it.
    const input = name.includes('opus') ? ['-c:a', 'libopus', '-request_sample_fmt', 'flt'] : [];
    const output = execFileSync(
      'ffmpeg',
      ['-nostdin', '-v', 'error', ...input, '-i', fixturePath(name), '-f', 'f32le', 'pipe:1'],
      { maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const theirs = new Float32Array(new Uint8Array(output).buffer);
    // ffmpeg makes some of Ogg too long or too short.
    const common = Math.min(samples.length, theirs.length);
    expect(Math.abs(samples.length - theirs.length)).toBeLessThan(1024);
    expect(largestDifference(samples.subarray(0, common), theirs.subarray(0, common))).toBeLessThan(
      tolerance(name),
    );
  });
});
