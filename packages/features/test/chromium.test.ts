import { createFbank, createMelSpectrogram, type FbankOptions } from '@audiozoo/features';
import { readAudio } from '@audiozoo/features/audio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launchBrowser, type TestBrowser } from '../../../testing/chromium/browser.js';
import { bigEndianOf, chunk, formatChunk, riff } from '../../../testing/wav-chunks.js';
import { bytesOf } from '../../../testing/wav-file.js';
import { settings } from './mel-spectrogram-settings.js';

const samples = Float32Array.from({ length: 16_000 }, (_, index) => Math.sin(index * index) / 2);

describe.skipIf(!chromiumPath)('features in Chromium (needs Chromium)', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser({ root: `${import.meta.dirname}/..` });
  });
  afterAll(() => browser?.close());

  test.each([
    { melBins: 128, window: 'hanning' },
    { melBins: 128, window: 'hanning', useEnergy: true },
  ] satisfies FbankOptions[])('gives the numbers of Node, on a page’s main thread: %j', async (options) => {
    const page = await browser.open<typeof import('./pages/fbank.js')>('test/pages/fbank.ts');
    const { data, instances } = await page.call('features', samples, options);
    expect(data).toEqual(createFbank(options).compute(samples).data);
    expect(instances).toBe('useEnergy' in options ? 0 : 1);
    await page.page.close();
  });

  test.each(Object.keys(settings) as (keyof typeof settings)[])('hears what %s hears', async (model) => {
    const page = await browser.open<typeof import('./pages/fbank.js')>('test/pages/fbank.ts');
    const { data, instances } = await page.call('melFeatures', samples, settings[model]);
    expect(data).toEqual(createMelSpectrogram(settings[model]).compute(samples).data);
    expect(instances).toBe(1);
    await page.page.close();
  });

  test('reads WAV as Node does: big-endian, unfinished, in the wrong order', async () => {
    const page = await browser.open<typeof import('./pages/wav.js')>('test/pages/wav.ts');
    const sound = bytesOf(Int16Array.from({ length: 500 }, (_, index) => 60 * index - 15_000));
    const bigEndian = { littleEndian: false };
    const files = [
      riff([formatChunk(bigEndian), chunk('data', bigEndianOf(sound, 2), bigEndian)], { form: 'RIFX' }),
      riff([formatChunk(), chunk('data', sound, { size: 0 })], { size: 36 }),
      riff([chunk('data', sound), formatChunk()]),
      riff([new Uint8Array(50), formatChunk({ blockAlign: 0 }), chunk('data', sound)]),
    ];
    for (const file of files) {
      const heard = await page.call('hear', [...file]);
      const notes: string[] = [];
      const { samples, sampleRate } = await readAudio(file, { onNote: (note) => notes.push(note) });
      expect(heard).toEqual({ samples: [...samples], sampleRate, notes });
      expect(heard.samples).toHaveLength(500);
      expect(heard.samples[499]).toBe((60 * 499 - 15_000) / 32768);
    }
    await page.page.close();
  });
});

describe.skipIf(!chromiumPath)('sound in Chromium (needs Chromium)', () => {
  const clip = `${import.meta.dirname}/../../../models/spoken-digits/clips/7_seven.wav`;
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser({ root: `${import.meta.dirname}/..` });
  });
  afterAll(() => browser?.close());

  test('may come in everything that a page has it in', async () => {
    const page = await browser.open<typeof import('./pages/audio-source.js')>('test/pages/audio-source.ts');
    const address = new URL(`/@fs${clip}`, page.page.url()).href;
    const found = await page.call('differences', address);
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((kind) => [kind, 0])));
    expect(Object.keys(found)).toHaveLength(12);
    await page.page.close();
  });

  test('that is none is refused in words', async () => {
    const page = await browser.open<typeof import('./pages/audio-source.js')>('test/pages/audio-source.ts');
    const refusal = (kind: Parameters<typeof import('./pages/audio-source.js').refusal>[0]) =>
      page.page.evaluate(
        (given) =>
          (window as never as { exports: typeof import('./pages/audio-source.js') }).exports.refusal(given),
        kind,
      );
    expect(await refusal('a dead address')).toMatch(/^file: http:.*cannot be fetched/);
    expect(await refusal('a number')).toMatch(/^argument: this is not where sound can come from: .* got 7/);
    expect(await refusal('a promise')).toMatch(/^argument: .*Await it first/);
  });
});
