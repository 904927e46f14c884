import { createBudget } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';
import { processorTime } from '../../../testing/processor-time.js';

const given = { name: 'model.pth', code: 'checkpoint' } as const;

describe('a budget', () => {
  test('counts steps of work and bytes up to their limits', () => {
    const budget = createBudget({ ...given, operations: 10, bytes: 100 });
    budget.spend(9);
    budget.spend();
    expect(() => budget.spend()).toThrow(
      /^model\.pth takes too much work to read: expected at most 10 steps/,
    );
    budget.take(100);
    expect(() => budget.take(1)).toThrow(
      /too much memory to read: expected at most 100 bytes, got 101 or more/,
    );
  });

  test('refuses long names, showing their beginning only, and deep nesting', () => {
    const budget = createBudget({ ...given, nameLength: 50, depth: 3 });
    budget.checkName('a'.repeat(50));
    expect(() => budget.checkName('b'.repeat(51))).toThrow(/"b{40}": expected at most 50 characters, got 51/);
    budget.checkDepth(3);
    expect(() => budget.checkDepth(4)).toThrow(/at most 3 levels/);
  });

  test('throws errors of the code given', () => {
    const budget = createBudget({ ...given, code: 'safetensors', operations: 0 });
    expect(() => budget.spend()).toThrow(expect.objectContaining({ code: 'safetensors' }));
  });

  test('ends when its time is over', async () => {
    const budget = createBudget({ ...given, seconds: 0.01, operations: Number.POSITIVE_INFINITY });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(() => budget.spend(65_536)).toThrow(/too long/);
    await expect(budget.rest()).rejects.toThrow(/too long/);
  });

  test('lets a signal in during long work', async () => {
    const controller = new AbortController();
    const budget = createBudget({ ...given, signal: controller.signal, seconds: 10 });
    setTimeout(() => controller.abort(new Error('enough')), 0);
    const work = async () => {
      for (;;) {
        for (const end = performance.now() + 1; performance.now() < end; );
        await budget.rest();
      }
    };
    const began = processorTime();
    await expect(work()).rejects.toThrow('enough');
    expect(processorTime() - began).toBeLessThan(2000);
  });
});
