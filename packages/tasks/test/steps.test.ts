import { type Tensor, tensor } from '@audiozoo/core';
import { type AnswersAlongTime, hearEvents, type SoundEvent } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';

const sampleRate = 1000;
const secondsPerStep = 0.04;
const step = sampleRate * secondsPerStep;

/** A model of windows of 2 s that hears `loud` in each step whose mean is high, but nothing in a window's outer steps. */
function modelAlongTime(deafSteps: number) {
  const heard: number[] = [];
  const alongTime: AnswersAlongTime = {
    secondsPerStep,
    async logits(audio) {
      const { samples } = audio as { readonly samples: Float32Array };
      heard.push(samples.length);
      const steps = (2 * sampleRate) / step; // padded to the window
      const data = Float32Array.from({ length: steps }, (_, place) => {
        const mean = samples.slice(place * step, (place + 1) * step).reduce((a, b) => a + b, 0) / step;
        const isDeaf = place < deafSteps || place >= steps - deafSteps;
        return isDeaf ? -10 : mean * 20 - 10;
      });
      return tensor('float32', [1, steps, 1], data);
    },
  };
  const classifier = {
    frontEnd: { sampleRate, minSamples: 1, maxSamples: 2 * sampleRate },
    problemType: 'multi_label_classification' as const,
    labels: [{ name: 'loud' }],
    alongTime,
    logits: (): Promise<Tensor<'float32'>> => Promise.reject(new Error('of clips')),
  };
  return { classifier, heard };
}

/** Silence but for these steps. */
function soundOf(steps: number, loud: readonly (readonly [number, number])[]) {
  const samples = new Float32Array(steps * step);
  for (const [from, to] of loud) samples.fill(1, from * step, to * step);
  return { samples, sampleRate };
}

const options = { medianFilter: 1, threshold: { on: 0.5, off: 0.5 } };

async function stepsHeard(deafSteps: number, sound: ReturnType<typeof soundOf>, more = {}) {
  const { classifier, heard } = modelAlongTime(deafSteps);
  const events: SoundEvent[] = [];
  for await (const event of hearEvents(classifier, sound, { ...options, ...more })) events.push(event);
  const steps = events.map(({ start, end }) => [start / secondsPerStep, end / secondsPerStep]);
  return { steps: steps.map((pair) => pair.map((value) => Math.round(value * 1e6) / 1e6)), heard };
}

describe('answers along time', () => {
  test('give onsets and offsets to a step, across windows without seams', async () => {
    const loud = [
      [13, 14],
      [20, 230],
      [237, 239],
      [262, 263],
    ] as const; // prettier-ignore
    const { steps, heard } = await stepsHeard(12, soundOf(280, loud));
    expect(steps).toEqual(loud);
    expect(Math.max(...heard)).toBe(2 * sampleRate);
  });

  test('count each step once, whatever the hop', async () => {
    const loud = [
      [0, 3],
      [40, 60],
      [61, 62],
      [99, 101],
      [170, 171],
    ] as const; // prettier-ignore
    for (const hop of [0.04, 0.3, 1, 1.5, 2]) {
      const { steps } = await stepsHeard(0, soundOf(171, loud), { hop });
      expect(steps, `${hop}`).toEqual(loud);
    }
  });

  test('of padding are left out', async () => {
    const { steps } = await stepsHeard(0, soundOf(7, [[5, 7]]));
    expect(steps).toEqual([[5, 7]]);
  });

  test.each([{ hop: 2.1 }, { hop: 0.01 }, { window: 2.1 }, { window: 0.05 }])(
    'are refused with %j',
    async (more) => {
      await expect(stepsHeard(0, soundOf(10, []), more)).rejects.toMatchObject({ code: 'argument' });
    },
  );
});
