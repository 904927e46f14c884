import { describe, expect, test } from 'vitest';
import { audiozoo, digits, fixture } from './audiozoo.js';

describe('audiozoo bench', () => {
  test('measures load, features, model, throughput and memory', async () => {
    const { exitCode, stdout } = await audiozoo([
      'bench',
      '--model',
      digits,
      '--batch',
      '2',
      '--seconds',
      '1',
      '--json',
    ]);
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      model: digits,
      batch: 2,
      seconds: 1,
      device: expect.stringContaining('cpu'),
    });
    expect(result.runs).toBeGreaterThanOrEqual(3);
    for (const { median, p90 } of [result.featuresMs, result.modelMs]) {
      expect(median).toBeGreaterThan(0);
      expect(p90).toBeGreaterThanOrEqual(median);
    }
    const work = (result.featuresMs.median + result.modelMs.median) / 1000;
    expect(result.clipsPerSecond).toBeCloseTo(2 / work, 6);
    expect(result.realTimeFactor).toBeCloseTo(work / 2, 6);
    expect(result.loadMs).toBeGreaterThan(0);
    expect(result.peakRssMiB).toBeGreaterThan(20);
  });

  test('measures a model that only embeds', async () => {
    const model = fixture('ast/test/fixtures/transformers-5/base');
    const { exitCode, stdout } = await audiozoo(['bench', '--model', model, '--json']);
    expect([exitCode, JSON.parse(stdout).runs]).toEqual([0, expect.any(Number)]);
  });

  test('shows a table to people', async () => {
    const { exitCode, stdout } = await audiozoo(['bench', '--model', digits]);
    expect(exitCode).toBe(0);
    for (const line of ['load', 'features', 'model', 'clips per second', 'real-time factor', 'peak RSS']) {
      expect(stdout).toMatch(new RegExp(`^  ${line} +\\d`, 'm'));
    }
  });

  test("refuses clips longer than the model's window", async () => {
    const { exitCode, stdout, stderr } = await audiozoo(['bench', '--model', digits, '--seconds', '60']);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/--seconds.*expected .* to 1\.3/);
  });
});
