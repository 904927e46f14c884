import { probeAttention, type RunGraph } from '@audiozoo/onnx';
import { expect, test } from 'vitest';

/** A runtime that gives `results` one after another for whatever it runs. */
function runtimeOf(...results: readonly number[]): RunGraph {
  let runs = 0;
  return async (_graph, _inputs, outputs) => {
    const value = results[runs++]!;
    return Object.fromEntries(outputs.map((name) => [name, Float32Array.of(0.5, value)]));
  };
}

test('fused attention that agrees with the standard operators is used', async () => {
  expect(await probeAttention('float32', runtimeOf(0.25, 0.2501))).toBe('fused');
  expect(await probeAttention('float16', runtimeOf(0.25, 0.255))).toBe('fused');
});

test.each([
  ['is off', 0.255],
  ['is not a number', Number.NaN],
])('fused attention that %s is not', async (_, value) => {
  expect(await probeAttention('float32', runtimeOf(0.25, value))).toBe('stock');
});

test('a runtime that fails is no answer', async () => {
  const fails: RunGraph = () => Promise.reject(new Error('lost'));
  await expect(probeAttention('float32', fails)).rejects.toThrow('lost');
});
