import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  chromiumPath,
  launchBrowser,
  type TestBrowser,
  type TestPage,
} from '../../../testing/chromium/browser.js';
import { describeConformance, describeModels } from './backend-in-page.js';
import { spokenDigits } from './golden-case.js';

type WasmPage = TestPage<typeof import('./pages/wasm.js')>;
type RandomModelsPage = typeof import('./pages/random-models.js');

/** The root mean square error of int8 weights' logits, as a share of the logits' standard deviation. */
const logitError = 0.03;

describe.skipIf(!chromiumPath)('wasm in Chromium (needs Chromium)', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser({ root: `${import.meta.dirname}/..` });
  });
  afterAll(() => browser?.close());

  const openPage = (options?: { isolated: boolean }): Promise<WasmPage> =>
    browser.open('test/pages/wasm.ts', options);

  interface Variant {
    readonly isolated?: boolean;
    readonly isOld?: boolean;
    readonly computes?: boolean;
  }
  // One thread computes as two do, and that operations are right on it random models show below.
  describe.each<[string, { readonly threads: number }, Variant]>([
    ['1 thread', { threads: 1 }, { computes: false }],
    ['2 threads', { threads: 2 }, {}],
    ['2 threads, without relaxed SIMD', { threads: 2 }, { isOld: true }],
    ['a page that is not isolated', { threads: 2 }, { isolated: false, computes: false }],
  ])('%s', (_, options, { isolated = true, isOld = false, computes = true }) => {
    let page: WasmPage;
    beforeAll(async () => {
      page = await openPage({ isolated });
      if (isOld) await page.call('refuseRelaxed');
    });
    afterAll(() => page.page.close());

    describeConformance((name) => page.call('conform', options, name), { computes });
    describeModels({
      golden: (fixtures, example) => page.call('golden', options, fixtures, example),
      hear: (directory) => page.call('hear', options, directory),
    });
  });

  test.each([
    ['isolated', { isolated: true }, /^wasm \(audiozoo's kernels, relaxed SIMD, 2 threads\)$/],
    [
      'not isolated',
      { isolated: false },
      /^wasm \(.*, relaxed SIMD, 1 thread: the page is not cross-origin isolated\)$/,
    ],
  ])('a page that is %s says what it runs on', async (_, opening, expected) => {
    const { page, call } = await openPage(opening);
    expect(await call('deviceOf', { threads: 2 })).toMatch(expected);
    await page.close();
  });

  test('a browser without relaxed SIMD gets the plain kernels', async () => {
    const { page, call } = await openPage();
    await call('refuseRelaxed');
    expect(await call('deviceOf', { threads: 2 })).toBe("wasm (audiozoo's kernels, SIMD, 2 threads)");
    await page.close();
  });

  test('NaN and Infinity among inputs come out where they do on plain loops', async () => {
    const { page, call } = await openPage();
    expect(await call('hiddenNumbers', { threads: 1 })).toEqual([]);
    await page.close();
  });

  test.each([
    ['1 thread', 1, 60, false],
    ['3 threads', 3, 15, false],
    ['2 threads, without relaxed SIMD', 2, 15, true],
  ])('random models are as on plain loops, %s', async (_, threads, count, isOld) => {
    const { page, call } = await browser.open<RandomModelsPage>('test/pages/random-models.ts');
    if (isOld) await call('refuseRelaxed');
    const seeds = Array.from({ length: count }, (_, index) => 1000 * threads + index);
    expect(await call('wrongModels', { threads }, seeds)).toEqual([]);
    await page.close();
  });

  describe('spoken digits in int8', () => {
    const clipFolder = join(spokenDigits, 'clips');
    const clips = readdirSync(clipFolder).sort();
    const paths = clips.map((clip) => join(clipFolder, clip));
    test.each([
      ['with relaxed SIMD, which multiplies the integers', false],
      ['without, in floats', true],
    ])('hears the same %s, with nearly the same logits', async (_, isOld) => {
      const { page, call } = await openPage();
      if (isOld) await call('refuseRelaxed');
      const floats = await call('hearFloats', { threads: 2 }, spokenDigits, paths);
      const quantized = await call('hearQuantized', { threads: 2 }, spokenDigits, paths);
      expect(bestOf(quantized, clips.length)).toEqual(bestOf(floats, clips.length));
      const mean = floats.reduce((sum, value) => sum + value, 0) / floats.length;
      const error = rootMeanSquare(floats.map((value, index) => value - quantized[index]!));
      const share = error / rootMeanSquare(floats.map((value) => value - mean));
      expect(share).toBeGreaterThan(0); // they are not the same weights
      expect(share).toBeLessThan(logitError);
      await page.close();
    });
  });

  describe('workers', () => {
    let page: WasmPage;
    beforeAll(async () => {
      page = await openPage();
    });
    afterAll(() => page.page.close());

    test('are as many as threads, and end with the model', async () => {
      expect(await page.call('workersOfModel', { threads: 2 })).toEqual([0, 2, 0]);
      expect(await page.call('workersOfModel', { threads: 1 })).toEqual([0, 1, 0]);
    });

    test('end when weights cannot be read', async () => {
      const { error, left } = await page.call('workersOfFailedLoad', { threads: 2 });
      expect(error!.message).toMatch(/The disk is gone/);
      expect(left).toBe(0);
    });

    test.each([
      ['cannot start', 'throw new Error("no room here")', 'device', /no room here.*worker-src blob:/],
      [
        'fail at work',
        'onmessage = ({ data }) => postMessage(data.module ? {} : { error: "trap", doing: "run" })',
        'runtime',
        /the kernels failed: got trap\. Load the model again/,
      ],
    ])('that %s are a typed error, and the others end', async (_, script, code, message) => {
      const { error, left } = await page.call('loadOnWorkers', { threads: 2 }, script);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(left).toBe(0);
    });

    test('refuse a batch that memory does not suffice for, and go on with a smaller one', async () => {
      const { before, error, after } = await page.call('runBeyondMemory', { threads: 2 });
      expect(error).toMatchObject({
        code: 'runtime',
        message: expect.stringMatching(/not enough memory: expected \d{4} MiB.*smaller batches/),
      });
      expect(after).toBe(before);
    });

    test('keep apart what they read while programs change', async () => {
      expect(await page.call('wrongRuns', { threads: 2 })).toBe(0);
    });

    test('leave the page free: its timers fire during a run', async () => {
      expect(await page.call('timersDuringRun', { threads: 1 })).toBeGreaterThan(0);
    });

    test('let a run be aborted at once, and the next one be right', async () => {
      expect(await page.call('abortRun', { threads: 2 })).toEqual({
        reasons: ['enough', 'enough'],
        isRight: true,
      });
    });
  });
});

const rootMeanSquare = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

/** The best label of each clip. */
function bestOf(logits: readonly number[], clips: number): number[] {
  const labels = logits.length / clips;
  return Array.from({ length: clips }, (_, clip) => {
    const own = logits.slice(clip * labels, (clip + 1) * labels);
    return own.indexOf(Math.max(...own));
  });
}
