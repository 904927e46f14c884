import { logitTolerance } from '@audiozoo/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  chromiumPath,
  launchBrowser,
  type TestBrowser,
  type TestPage,
} from '../../../testing/chromium/browser.js';
import { claimedGpu, claimGpu } from '../../../testing/chromium/claim-gpu.js';
import { describeConformance, describeModels } from './backend-in-page.js';
import { largestDifference } from './golden-case.js';
import { linear } from './pages/example.js';

type TfjsPage = TestPage<typeof import('./pages/tfjs.js')>;

describe.skipIf(!chromiumPath)('tfjs in Chromium (needs Chromium)', () => {
  let browser: TestBrowser;
  let page: TfjsPage;
  const openPage = (): Promise<TfjsPage> => browser.open('test/pages/tfjs.ts');
  beforeAll(async () => {
    browser = await launchBrowser({
      root: `${import.meta.dirname}/..`,
      bundle: ['core', 'backend-cpu', 'backend-wasm', 'backend-webgpu'].map(
        (name) => `@tensorflow/tfjs-${name}`,
      ),
    });
    page = await openPage();
  });
  afterAll(() => browser?.close());

  // What is plain JavaScript is tried in Node.
  describe.each(['webgpu', 'wasm'] as const)('%s', (device) => {
    describeConformance((name) => page.call('conform', device, name));
    describeModels({
      golden: (fixtures, example) => page.call('golden', device, fixtures, example),
      hear: (directory) => page.call('hear', device, directory),
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

  test('auto prefers WebGPU to WebAssembly on a GPU, and says so', async () => {
    const { page, call } = await openPage();
    await page.evaluate(claimGpu);
    expect(await call('deviceOf', 'auto')).toMatch(
      new RegExp(`^webgpu \\(tfjs .*; ${claimedGpu}; chosen by auto: a GPU\\)$`),
    );
    await call('conform', 'auto', linear.name);
    await page.close();
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
