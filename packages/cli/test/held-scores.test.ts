import { describe, expect, test } from 'vitest';
import { holdScores } from '../src/input/held-scores.js';

describe('held scores', () => {
  test.each([
    ['steps', { steps: 2, bytes: 100 }],
    ['bytes', { steps: 100, bytes: 80 }],
  ])('are refused where there are too many %s', (_, limits) => {
    const held = holdScores(limits);
    held.add(1, 40);
    held.add(1, 40);
    expect(held.areTooMany).toBe(false);
    expect(() => held.add(1, 40)).toThrow(/too many scores.*3, 120 bytes/s);
    expect(held.areTooMany).toBe(true);
  });
});
