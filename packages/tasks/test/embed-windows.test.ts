import type { AudioSource } from '@audiozoo/features';
import { type EmbeddedWindow, type EmbedWindowOptions, embedWindows } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { embedAnyLength } from '../src/search/embed.js';

const frontEnd = { sampleRate: 100, minSamples: 10, maxSamples: 1000, windowSamples: 200 };
/** Its first sample and how many there are. */
const embed = async (audio: AudioSource) => {
  const { samples } = audio as { samples: Float32Array };
  return Float32Array.of(samples[0]!, samples.length);
};
const ramp = (length: number) => ({ samples: Float32Array.from({ length }, (_, at) => at), sampleRate: 100 });

async function all(length: number, options?: EmbedWindowOptions): Promise<EmbeddedWindow[]> {
  const found: EmbeddedWindow[] = [];
  for await (const window of embedWindows({ frontEnd, embed }, ramp(length), options)) found.push(window);
  return found;
}

describe('embedWindows', () => {
  test('embeds each window, with its times, and tells how far it is', async () => {
    const told: unknown[] = [];
    const found = await all(450, { onProgress: (progress) => void told.push(progress) });
    expect(found).toEqual([
      { start: 0, end: 2, time: 1, embedding: Float32Array.of(0, 200) },
      { start: 2, end: 4, time: 3, embedding: Float32Array.of(200, 200) },
      { start: 4, end: 4.5, time: 5, embedding: Float32Array.of(400, 50) },
    ]);
    expect(told.at(-1)).toEqual({ done: 4.5, total: 4.5, unit: 'seconds' });
  });

  test('takes windows, hops and a part of the sound', async () => {
    const found = await all(1000, { window: 1, hop: 0.5, start: 2, duration: 2 });
    expect(found.map(({ start, end }) => [start, end])).toEqual([
      [2, 3],
      [2.5, 3.5],
      [3, 4],
    ]);
  });

  test('refuses windows that the model does not take', async () => {
    await expect(all(450, { window: 11 })).rejects.toMatchObject({ code: 'argument' });
    await expect(all(450, { hop: 0 })).rejects.toMatchObject({ code: 'argument' });
  });
});

describe('embed of sound of any length', () => {
  const anyLength = embedAnyLength({ frontEnd }, embed);

  test('is that of the clip where nothing is said of windows', async () => {
    expect(await anyLength(ramp(450))).toEqual(Float32Array.of(0, 450));
  });

  test('is the mean of windows, each counting for as long as it lasts', async () => {
    const mean = await anyLength(ramp(450), { aggregate: 'mean' });
    expect(mean[0]).toBeCloseTo((0 * 2 + 200 * 2 + 400 * 0.5) / 4.5, 4);
    expect(mean[1]).toBeCloseTo((200 * 2 + 200 * 2 + 50 * 0.5) / 4.5, 4);
    expect(await anyLength(ramp(450), { hop: 2 })).toEqual(mean);
  });

  test('is each window where it is asked for', async () => {
    expect(await anyLength(ramp(450), { aggregate: 'none' })).toEqual(await all(450));
  });

  test('has length 1 where those of all windows have', async () => {
    const unit = embedAnyLength({ frontEnd }, async (audio) => {
      const [first] = await embed(audio);
      return first! < 200 ? Float32Array.of(1, 0) : Float32Array.of(0, 1);
    });
    const [x, y] = await unit(ramp(400), { aggregate: 'mean' });
    expect([x, y]).toEqual([expect.closeTo(Math.SQRT1_2, 6), expect.closeTo(Math.SQRT1_2, 6)]);
  });

  test('refuses a window that nothing is done with', async () => {
    await expect(anyLength(ramp(450), { window: 1 })).rejects.toMatchObject({
      code: 'argument',
      option: ['window'],
    });
  });
});
