import { type Tensor, tensor } from '@audiozoo/core';
import {
  type AnswersAlongTime,
  ensemble,
  hearEvents,
  type ScoredWindow,
  type SoundEvent,
} from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import * as leaning from './leaning-model.js';

const sampleRate = 1000;
const secondsPerStep = 0.04;
const step = sampleRate * secondsPerStep;

/** A model of windows of 2 s that hears `loud` in each step whose mean is high, but nothing in a window's outer steps. */
function modelAlongTime(deafSteps: number) {
  const heard: number[] = [];
  const alongTime: AnswersAlongTime = {
    secondsPerStep,
    async logits(batch) {
      const clips = batch as readonly { readonly samples: Float32Array }[];
      heard.push(...clips.map(({ samples }) => samples.length));
      const steps = (2 * sampleRate) / step; // padded to the window
      const data = Float32Array.from({ length: steps * clips.length }, (_, index) => {
        const { samples } = clips[Math.floor(index / steps)]!;
        const place = index % steps;
        const mean = samples.slice(place * step, (place + 1) * step).reduce((a, b) => a + b, 0) / step;
        const isDeaf = place < deafSteps || place >= steps - deafSteps;
        return isDeaf ? -10 : mean * 20 - 10;
      });
      return tensor('float32', [clips.length, steps, 1], data);
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

/** What a score may jump from a step to the next of a sound that stays as it is. */
const seamTolerance = 0.01;

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

  test.each([{ hop: 2.1 }, { hop: 0.01 }, { window: 2.1 }, { window: 0.05 }, { amidSilence: true }])(
    'are refused with %j',
    async (more) => {
      await expect(stepsHeard(0, soundOf(10, []), more)).rejects.toMatchObject({ code: 'argument' });
    },
  );

  test('of a sound that stays as it is go on smoothly from window to window', async () => {
    const { classifier } = leaning.leaningModel(0.3);
    const scores = async (hop?: number) => {
      const steps: ScoredWindow[] = [];
      const sound = { samples: leaning.soundOf(400, [[0, 400]], 0.5), sampleRate };
      for await (const _ of hearEvents(classifier, sound, { hop, onScores: (step) => steps.push(step) }));
      return steps.map(({ scores }) => scores[0]!);
    };
    for (const hop of [undefined, 0.4, 1.6]) {
      const all = await scores(hop);
      expect(all).toHaveLength(400);
      const settled = all.slice(50, -50);
      for (const [place, score] of settled.slice(1).entries()) {
        expect(Math.abs(score - settled[place]!)).toBeLessThan(seamTolerance);
      }
    }
    const apart = await scores(2); // windows that do not overlap do have seams
    expect(
      Math.max(...apart.slice(1).map((score, place) => Math.abs(score - apart[place]!))),
    ).toBeGreaterThan(2 * seamTolerance);
  });

  test('are the same within a step where the recording begins later', async () => {
    const { classifier } = leaning.leaningModel(0.5);
    const loud = [
      [60, 75],
      [90, 93],
      [110, 160],
      [171, 190],
    ] as const; // prettier-ignore
    const samples = leaning.soundOf(300, loud, 0.8);
    const eventsFrom = async (firstSample: number) => {
      const events: SoundEvent[] = [];
      const sound = { samples: samples.subarray(firstSample), sampleRate };
      for await (const event of hearEvents(classifier, sound, { ...options, labels: ['loud'] }))
        events.push(event);
      return events.map(({ start, end }) => [start, end].map((time) => time + firstSample / sampleRate));
    };
    const expected = loud.map((steps) => steps.map((place) => place * secondsPerStep));
    for (const firstSample of [0, 7, 13 * step, 41 * step + 20, 55 * step]) {
      const found = await eventsFrom(firstSample);
      expect(found).toHaveLength(expected.length);
      for (const [place, times] of found.entries()) {
        times.forEach((time, edge) => {
          expect(Math.abs(time - expected[place]![edge]!)).toBeLessThanOrEqual(secondsPerStep + 1e-9);
        });
      }
    }
  });

  test('come in batches too, with the last window, which is shorter, by itself', async () => {
    const loud = [
      [13, 14],
      [20, 130],
      [160, 163],
    ] as const; // prettier-ignore
    const { steps, heard } = await stepsHeard(12, soundOf(163, loud), { batch: 3 });
    expect(steps).toEqual(loud);
    expect(heard).toEqual([50, 50, 50, 50, 50, 38].map((length) => length * step));
  });
});

describe('ensembles along time', () => {
  const sound = { samples: leaning.soundOf(171, [[20, 60]], 0.6), sampleRate };
  const scoresOf = async (classifier: Parameters<typeof hearEvents>[0]) => {
    const steps: ScoredWindow[] = [];
    for await (const _ of hearEvents(classifier, sound, { onScores: (step) => steps.push(step) }));
    return steps.map(({ scores }) => [...scores]);
  };
  type Member = Parameters<typeof ensemble>[0][number];
  const member = (lean: number, more: Partial<Member> = {}) =>
    ({ ...leaning.leaningModel(lean).classifier, device: 'cpu', ...more }) as Member;

  test('give the weighted mean of the probabilities at each step', async () => {
    const [a, b] = [await scoresOf(member(0)), await scoresOf(member(2))];
    const both = await scoresOf(ensemble([member(0), member(2)], { weights: [3, 1] }));
    expect(both).toHaveLength(171);
    both.forEach((scores, place) => {
      scores.forEach((score, label) => {
        expect(score).toBeCloseTo((3 * a[place]![label]! + b[place]![label]!) / 4, 5);
      });
    });
  });

  test('refuse members that answer once for a clip, or in other steps, unless they do not count', async () => {
    const clips = member(0, { alongTime: undefined });
    const { alongTime } = member(0);
    const slower = member(0, { alongTime: { ...alongTime!, secondsPerStep: 0.08 } });
    for (const other of [clips, slower]) {
      await expect(scoresOf(ensemble([member(0), other]))).rejects.toMatchObject({
        code: 'argument',
        what: expect.stringContaining('model 2 of the ensemble'),
      });
      expect(await scoresOf(ensemble([member(0), other], { weights: [1, 0] }))).toHaveLength(171);
    }
    expect(ensemble([clips, clips]).alongTime).toBeUndefined();
  });
});
