import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SoundEvent } from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { soundingEvents } from '../../../testing/sounding-events.js';
import { audiozoo, digits, fixture } from './audiozoo.js';

/** Seconds that an onset or offset may be beside the sound's: the model was taught for a few minutes. */
const timeTolerance = 0.1;

const sounds = fixture('efficientat/test/fixtures/sounds');
const there = [
  { label: 'beep', start: 0.8, end: 1.6 },
  { label: 'noise', start: 2, end: 3.2 },
] as const;
const input = new Uint8Array(soundingEvents(5, there).slice().buffer);

let folder: string;
let model: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-listen-'));
  const out = join(folder, 'sounds');
  const labels = ['--labels', join(sounds, 'labels.csv')];
  const { exitCode, stderr } = await audiozoo([
    ...['convert', join(sounds, 'frame_mn_sounds.pt'), '--out', out],
    ...labels,
  ]);
  expect(exitCode, stderr).toBe(0);
  model = ['--model', out, '--window', '2.4'];
});
afterAll(() => rmSync(folder, { recursive: true }));

function expectThere(events: readonly SoundEvent[]): void {
  expect(events.map(({ label }) => label)).toEqual(there.map(({ label }) => label));
  for (const [place, { start, end }] of events.entries()) {
    expect(Math.abs(start - there[place]!.start)).toBeLessThan(timeTolerance);
    expect(Math.abs(end - there[place]!.end)).toBeLessThan(timeTolerance);
  }
}

describe('audiozoo listen, to a model that answers along time', () => {
  test('tells events with their times, and what sounds meanwhile', async () => {
    const { exitCode, stdout, stderr } = await audiozoo(['listen', ...model, '--hop', '0.4', '--json'], {
      input,
    });
    expect(exitCode, stderr).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<'events' | 'sounding', SoundEvent[]> & { until: number });
    expectThere(lines.flatMap(({ events }) => events));
    const during = lines.filter(({ until }) => until > 2.2 && until < 3);
    expect(during.length).toBeGreaterThan(0);
    for (const { sounding } of during) expect(sounding.map(({ label }) => label)).toEqual(['noise']);
    expect(stderr).toMatch(/Events are told 0\.9\d to 1\.3\d seconds late/);
  });

  test('prints a line where an event begins, and one where it has ended', async () => {
    const { stdout } = await audiozoo(['listen', ...model, '--only', 'noise'], { input });
    expect(stdout).toMatch(
      /^ +(1\.9\d|2\.0\d) – +noise\n +(1\.9\d|2\.0\d) – +3\.\d\d s +\d+\.\d % {2}noise\n$/,
    );
  });

  test.each([
    [['--on', '0.8'], /--on is about events along time/],
    [['--window', '1'], /--window is about events along time/],
    [['--median', '2'], /odd/],
  ])('refuses %j of models that answer once for each window, or that cannot be', async (flags, message) => {
    const { exitCode, stderr } = await audiozoo(['listen', '--model', digits, ...flags], {
      input: new Uint8Array(0),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});
