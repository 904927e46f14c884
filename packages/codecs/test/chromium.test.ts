import { codecs } from '@audiozoo/codecs';
import { readAudio } from '@audiozoo/features/audio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launchBrowser, type TestBrowser } from '../../../testing/chromium/browser.js';
import { fixturePath } from './decoded.js';

const files = [
  ...['.mp3', '-layer-2.mp3', '-mp3.mkv', '-mp3.mp4', '.flac', '-flac.oga', '-flac.mkv', '-flac.mp4'],
  ...['-vorbis.ogg', '-vorbis.webm', '-vorbis.mp4', '-opus.ogg', '-opus.webm', '-opus.mp4'],
].map((ending) => `stereo${ending}`);

describe.skipIf(!chromiumPath)('codecs in Chromium (needs Chromium)', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser({
      root: `${import.meta.dirname}/..`,
      bundle: ['mpg123-decoder', 'opus-decoder', '@wasm-audio-decoders/ogg-vorbis'],
    });
  });
  afterAll(() => browser?.close());

  test('give the samples of Node', async () => {
    const page = await browser.open<typeof import('./pages/decoding.js')>('test/pages/decoding.ts');
    for (const file of [...files, 'six.flac', 'six-vorbis.ogg', 'six-opus.ogg', 'mono-24-bit.flac']) {
      const there = await page.call('decode', file);
      const here = await readAudio(fixturePath(file), { decoders: codecs, channel: 'mean' });
      expect(there.sampleRate).toBe(here.sampleRate);
      expect(there.samples, file).toEqual(here.samples);
      expect([...there.notes, ...there.printed]).toEqual([]);
    }
    await page.page.close();
  });
});
