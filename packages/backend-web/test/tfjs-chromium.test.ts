import { describeBackend, logitTolerance } from '@audiozoo/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  chromiumPath,
  launchBrowser,
  type TestBrowser,
  type TestPage,
} from '../../../testing/chromium/browser.js';
import {
  expectGolden,
  fixtures,
  goldenCases,
  inputTolerance,
  largestDifference,
  spokenDigits,
} from './golden-case.js';

type TfjsPage = TestPage<typeof import('./pages/tfjs.js')>;

/** SwiftShader takes seconds to compile a shader when the machine is busy. */
const timeout = 120_000;

describe.skipIf(!chromiumPath)('tfjs in Chromium (needs Chromium: none found)', { timeout }, () => {
  let browser: TestBrowser;
  let page: TfjsPage;
  beforeAll(async () => {
    browser = await launchBrowser({
      root: `${import.meta.dirname}/..`,
      bundle: ['core', 'backend-cpu', 'backend-wasm', 'backend-webgpu'].map(
        (name) => `@tensorflow/tfjs-${name}`,
      ),
    });
    page = await browser.open('test/pages/tfjs.ts');
  }, timeout);
  afterAll(() => browser?.close());

  describe.each(['webgpu', 'wasm', 'cpu'] as const)('%s', (device) => {
    const inPage = (name: string) => test(name, () => page.call('conform', device, name));
    describeBackend({ describe, test: inPage }, () => {
      throw new Error('The backend is in the page.');
    });
  });

  describe.each(['webgpu', 'wasm'] as const)('%s', (device) => {
    test.each(goldenCases)('$name is what the official code makes of it', async (example) => {
      expectGolden(await page.call('golden', device, fixtures, example), example);
    });

    test('hears sound itself as it hears features', async () => {
      const { features, waveform } = await page.call('hear', device, spokenDigits);
      expect(largestDifference(waveform, features)).toBeLessThan(inputTolerance);
    });

    test('a hundred runs leave no tensor behind, and dispose leaves no weight', async () => {
      const { before, after1, after101, end } = await page.call('memoryOfRuns', device);
      expect(after101).toEqual(after1);
      expect(end).toEqual(before);
    });
  });

  test('models on different devices are right side by side', async () => {
    const [first, ...others] = await page.call('sideBySide');
    for (const other of others) expect(largestDifference(other, first!)).toBeLessThan(logitTolerance.float32);
  });

  test('auto prefers WebAssembly to WebGPU in software, and says so', async () => {
    expect(await page.call('deviceOf', 'auto')).toMatch(
      /^wasm \(tfjs .*chosen by auto: WebGPU is software, .*swiftshader/,
    );
  });

  test('a lost GPU device is a typed error, and the model can be loaded again', async () => {
    const { before, run, dispose, load, again } = await page.call('loseDevice');
    expect(run).toMatchObject({
      code: 'device',
      message: expect.stringMatching(/lost.*Load the model again/),
    });
    expect(dispose).toBeUndefined();
    expect(load).toBeUndefined();
    expect(largestDifference(again!, before)).toBeLessThan(logitTolerance.float32);
  });
});
