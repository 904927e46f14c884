import { createResampler, type ResamplingKernel } from '@audiozoo/features';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createScalarInterpolator } from '../src/interpolator.js';
import { phaseTaps } from '../src/resampling-kernel.js';
import { createVectorInterpolator } from '../src/vector-interpolator.js';
import { joined } from './fixture.js';

const rates = [100, 8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000, 768_000];
const pairs = fc
  .tuple(fc.constantFrom(...rates), fc.constantFrom(...rates))
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => {
    const divisor = greatestCommonDivisor(from, to);
    return [from / divisor, to / divisor] as const;
  });
const kernels = fc.constantFrom<ResamplingKernel>('sinc_hann', 'kaiser_best');
const noise = Float32Array.from({ length: 40_000 }, (_, index) => Math.sin(index * index));

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

describe('interpolation in WebAssembly', () => {
  test('gives the samples of plain JavaScript to the last bit, anywhere in a signal', () => {
    let compared = 0;
    fc.assert(
      fc.property(pairs, kernels, fc.nat(1e9), ([from, to], kernel, next) => {
        const taps = phaseTaps(from, to, kernel);
        const interpolation = { from, to, taps };
        const vectors = createVectorInterpolator(interpolation);
        const start = Math.floor((next * from) / to) - taps.before;
        const count = Math.min(20_000, Math.floor(((noise.length - taps.length) * to) / from));
        if (!vectors || count < 1) return;
        const [expected, got] = [new Float32Array(count), new Float32Array(count)];
        createScalarInterpolator(interpolation).interpolate(noise, start, next, expected);
        vectors.interpolate(noise, start, next, got);
        expect(Buffer.from(got.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
        compared++;
      }),
      { numRuns: 50 },
    );
    expect(compared).toBeGreaterThan(20);
  });

  test.each([
    ['odd pairs, whose phases are many', 44_101, 16_000],
    ['pairs whose outputs lie too far apart', 7680, 1],
  ])('leaves %s to plain JavaScript', (_which, from, to) => {
    const taps = phaseTaps(from, to, 'sinc_hann');
    expect(createVectorInterpolator({ from, to, taps })).toBeUndefined();
  });

  test('is for the usual rates', () => {
    for (const [from, to] of [
      [441, 160],
      [3, 1],
      [441, 320],
      [640, 441],
    ] as const) {
      for (const kernel of ['sinc_hann', 'kaiser_best'] as const) {
        expect(createVectorInterpolator({ from, to, taps: phaseTaps(from, to, kernel) })).toBeDefined();
      }
    }
  });

  test('serves resamplers in turn', () => {
    const alone = (from: number) => {
      const resampler = createResampler(from, 16_000);
      return joined([resampler.push(noise), resampler.finish()]);
    };
    const froms = [44_100, 48_000, 8000];
    const resamplers = froms.map((from) => createResampler(from, 16_000));
    const pieces: Float32Array[][] = froms.map(() => []);
    for (let position = 0; position < noise.length; position += 3000) {
      resamplers.forEach((resampler, index) => {
        pieces[index]!.push(resampler.push(noise.subarray(position, position + 3000)));
      });
    }
    resamplers.forEach((resampler, index) => {
      pieces[index]!.push(resampler.finish());
      expect(joined(pieces[index]!)).toEqual(alone(froms[index]!));
    });
  });

  test('without WebAssembly the samples are the same', async () => {
    const { resample } = await import('@audiozoo/features');
    const expected = resample(noise, 44_100, 16_000);
    vi.resetModules();
    vi.stubGlobal('WebAssembly', undefined);
    const { resample: withoutVectors } = await import('@audiozoo/features');
    const { createVectorInterpolator: fresh } = await import('../src/vector-interpolator.js');
    expect(fresh({ from: 3, to: 1, taps: phaseTaps(3, 1, 'sinc_hann') })).toBeUndefined();
    expect(withoutVectors(noise, 44_100, 16_000)).toEqual(expected);
    vi.unstubAllGlobals();
  });
});
