import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { formatDuration } from '../src/output/duration.js';
import { createProgressNotes } from '../src/session/progress.js';

describe('a duration', () => {
  test.each([
    [0, '0 ms'],
    [0.0001, '1 ms'],
    [0.085, '85 ms'],
    [0.9995, '1.0 s'],
    [4.23, '4.2 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [89, '1 min 29 s'],
    [552, '9 min 12 s'],
    [599.4, '9 min 59 s'],
    [599.6, '10 min'],
    [629, '10 min'],
    [631, '11 min'],
    [3569, '59 min'],
    [3571, '1 h 00 min'],
    [7500, '2 h 05 min'],
    [7200 - 29, '2 h 00 min'],
    [100 * 3600, '100 h 00 min'],
  ])('of %d seconds is told as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('progress in a log', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  test('says how long what is left takes, to the second where that is not long', () => {
    const notes: string[] = [];
    const { update } = createProgressNotes((text) => notes.push(text));
    vi.advanceTimersByTime(61_000);
    update({ done: 61, total: 613, unit: 'clips' });
    vi.advanceTimersByTime(1000);
    update({ done: 62, total: 613, unit: 'clips' });
    expect(notes).toEqual(['61 of 613 clips, 9 min 12 s left']);
  });
});
