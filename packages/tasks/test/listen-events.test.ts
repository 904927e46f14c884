// Events of sound as it comes, from a model whose answers hang on where its window lies.

import type { AudioPieces } from '@audiozoo/features';
import {
  type AnswersAlongTime,
  type EventsHeard,
  hearEvents,
  type ListenEventsOptions,
  listenEvents,
  type ScoredWindow,
  type SoundEvent,
} from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { leaningModel, sampleRate, secondsPerStep, soundOf, step, windowSteps } from './leaning-model.js';

/** What a score may jump from a step to the next of a sound that stays as it is: as much as a window's answer leans over a hop. */
const seamTolerance = 0.02;

function inPieces(samples: Float32Array, size = 37, more: Partial<AudioPieces> = {}): AudioPieces {
  return {
    sampleRate,
    ...more,
    async *[Symbol.asyncIterator]() {
      for (let start = 0; start < samples.length; start += size) yield samples.subarray(start, start + size);
    },
  };
}

async function heardOf(
  samples: Float32Array,
  options: ListenEventsOptions = {},
  { classifier } = leaningModel(),
): Promise<EventsHeard[]> {
  const results: EventsHeard[] = [];
  const listening = listenEvents(classifier, inPieces(samples), { hop: 0.2, future: 0.2, ...options });
  for await (const heard of listening) results.push(heard);
  return results;
}

const stepsOf = ({ start, end }: Pick<SoundEvent, 'start' | 'end'>) =>
  [start, end].map((seconds) => Math.round((seconds / secondsPerStep) * 1e6) / 1e6);

const loud = [
  [0, 4],
  [13, 14],
  [20, 130],
  [137, 139],
  [168, 171],
] as const; // prettier-ignore

describe('listenEvents', () => {
  test.each([{ hop: 0.04 }, { hop: 0.2 }, { hop: 0.5, future: 0 }, { hop: 0.24, window: 1.2 }])(
    'tells onsets and offsets to a step, as hearEvents does, with %j',
    async (options) => {
      const results = await heardOf(soundOf(171, loud), { medianFilter: 1, ...options });
      expect(results.flatMap(({ events }) => events).map(stepsOf)).toEqual(loud);
      expect(results.at(-1)).toMatchObject({ sounding: [], until: (171 * step) / sampleRate });
    },
  );

  test('tells all events with labels, filters and thresholds as hearEvents has them', async () => {
    const samples = soundOf(171, loud);
    samples.fill(0.25, 60 * step, 80 * step);
    const options = {
      ...{ medianSeconds: 0.2, minDuration: 0.1, mergeGap: 0.3, threshold: { on: 0.6 } },
      byLabel: { '/m/soft': { on: 0.9, medianSeconds: 0.04 } },
    };
    const { classifier } = leaningModel();
    const whole: SoundEvent[] = [];
    for await (const event of hearEvents(classifier, { samples, sampleRate }, options)) whole.push(event);
    const told = (await heardOf(samples, options)).flatMap(({ events }) => events);
    expect(told.length).toBeGreaterThan(2);
    expect(new Set(told.map(({ label }) => label)).size).toBe(2);
    expect(told).toEqual(whole);
  });

  test('tells what has begun before it has ended, and is no later than it says', async () => {
    const results = await heardOf(soundOf(120, [[20, 100]]), { medianFilter: 5 });
    for (const { time, until, sounding, events } of results.slice(0, -1)) {
      const delay = time - until;
      if (until > 0) expect(delay).toBeLessThanOrEqual(0.2 + 0.2 + 2 * secondsPerStep + 1e-9); // future, hop, half the filter
      const isOn = until > 20 * secondsPerStep + 1e-9 && until < 100 * secondsPerStep - 1e-9;
      expect(sounding.map(({ label }) => label)).toEqual(isOn ? ['loud'] : []);
      if (isOn) expect([sounding[0]!.start, sounding[0]!.end]).toEqual([20 * secondsPerStep, until]);
      for (const { end } of events) expect(until - end).toBeLessThan(0.2 + 1e-9 + secondsPerStep);
    }
  });

  test('of a sound that stays as it is gives scores without jumps, wherever windows end', async () => {
    const steps: ScoredWindow[] = [];
    const onScores = (scored: ScoredWindow) => steps.push(scored);
    await heardOf(soundOf(250, [[0, 250]], 0.5), { onScores }, leaningModel(0.3));
    expect(steps.map(({ start }) => Math.round(start / secondsPerStep))).toEqual([...steps.keys()]);
    const settled = steps.slice(windowSteps, -windowSteps).map(({ scores }) => scores[0]!);
    for (const [place, score] of settled.slice(1).entries()) {
      expect(Math.abs(score - settled[place]!)).toBeLessThan(seamTolerance);
    }
  });

  test('runs on windows of one length, however long the sound', async () => {
    const model = leaningModel();
    await heardOf(soundOf(400, []), { window: 1.2 }, model);
    expect(new Set(model.runs)).toEqual(new Set([1200]));
  });

  test('gives the best labels of what it told of, and the features as they come', async () => {
    const rows: number[] = [];
    const samples = soundOf(100, [[30, 31]]);
    const results = await heardOf(samples, {
      topK: 1,
      onFeatures: ({ data }) => void rows.push(...data),
    });
    expect(rows).toEqual([...samples]);
    const sure = results.filter(({ labels: [best] }) => best?.label === 'loud' && best.score > 0.9);
    expect(sure).toHaveLength(1);
    expect(sure[0]!.until).toBeGreaterThan(30 * secondsPerStep);
    expect(sure[0]!.until).toBeLessThan(31 * secondsPerStep + 0.2 + 1e-9);
  });

  test('drops hops that a live model is too slow for, and loses no step', async () => {
    const { classifier } = leaningModel();
    const slow = {
      ...classifier,
      alongTime: {
        ...classifier.alongTime,
        async logits(...call: Parameters<AnswersAlongTime['logits']>) {
          for (let turn = 0; turn < 40; turn++) await Promise.resolve();
          return classifier.alongTime.logits(...call);
        },
      },
    };
    const steps: number[] = [];
    const results: EventsHeard[] = [];
    const options = { live: true, hop: 0.04, future: 0.04, medianFilter: 1 };
    const onScores = ({ start }: ScoredWindow) => void steps.push(Math.round(start / secondsPerStep));
    const source = inPieces(soundOf(171, loud), step);
    for await (const heard of listenEvents(slow, source, { ...options, onScores })) results.push(heard);
    expect(results.reduce((sum, { dropped }) => sum + dropped, 0)).toBeGreaterThan(5);
    expect(steps).toEqual([...Array(171).keys()]);
    expect(results.flatMap(({ events }) => events).map(stepsOf)).toEqual(loud);
  });

  test('ends when it is aborted, without a last answer', async () => {
    const controller = new AbortController();
    const { classifier } = leaningModel();
    const results: EventsHeard[] = [];
    const source = inPieces(soundOf(171, [[0, 171]]));
    for await (const heard of listenEvents(classifier, source, { hop: 0.4, signal: controller.signal })) {
      results.push(heard);
      if (heard.time >= 2) controller.abort();
    }
    expect(results.at(-1)!.time).toBe(2);
    expect(results.flatMap(({ events }) => events)).toEqual([]);
  });

  test.each([
    [{ hop: 0.01 }, 'argument'],
    [{ future: 1.9 }, 'argument'],
    [{ window: 3 }, 'argument'],
    [{ labels: ['bark'] }, 'argument'],
    [{ hopp: 1 } as object, 'argument'],
  ])('refuses %j', async (options, code) => {
    await expect(heardOf(soundOf(20, []), options)).rejects.toMatchObject({ code });
  });

  test('refuses models that answer once for a clip, NaN, and sound of no length', async () => {
    const { classifier } = leaningModel();
    const clips = { ...classifier, alongTime: undefined };
    await expect(
      heardOf(soundOf(20, []), {}, { classifier: clips, runs: [] } as never),
    ).rejects.toMatchObject({
      code: 'argument',
    });
    await expect(heardOf(new Float32Array(500).fill(Number.NaN))).rejects.toMatchObject({ code: 'audio' });
  });
});
