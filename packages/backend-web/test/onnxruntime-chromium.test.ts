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

type OnnxruntimePage = TestPage<typeof import('./pages/onnxruntime.js')>;

describe.skipIf(!chromiumPath)('onnxruntime-web in Chromium (needs Chromium)', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser({ root: `${import.meta.dirname}/..` });
  });
  afterAll(() => browser?.close());

  const openPage = (options?: { isolated: boolean }): Promise<OnnxruntimePage> =>
    browser.open('test/pages/onnxruntime.ts', options);

  describe.each([
    ['wasm, 1 thread', 'jsep', { device: 'wasm', threads: 1 }],
    ['wasm, 2 threads', 'jsep', { device: 'wasm', threads: 2 }],
    ['webgpu, the root build', 'jsep', { device: 'webgpu', threads: 1 }],
    ['webgpu, the build /webgpu', 'webgpu', { device: 'webgpu', threads: 1 }],
  ] as const)('%s', (_, build, options) => {
    // Threads are started once in a page.
    let page: OnnxruntimePage;
    beforeAll(async () => {
      page = await openPage();
      if (options.device === 'webgpu') await page.call('keepDevice', build, options);
    });
    afterAll(() => page.page.close());

    // On one thread of WebAssembly all operations are tried in Node.
    const computes = options.device !== 'wasm' || options.threads > 1;
    describeConformance((name) => page.call('conform', build, options, name), { computes });
    describeModels({
      golden: (fixtures, example) => page.call('golden', build, options, fixtures, example),
      hear: (directory) => page.call('hear', build, options, directory),
    });

    test('a model says what it runs on', async () => {
      const device = await page.call('deviceOf', build, options);
      const expected = {
        wasm: new RegExp(`^wasm \\(onnxruntime 1\\.\\d+\\.\\d+, ${options.threads} threads?\\)$`),
        // The build /webgpu computes fused attention wrong on SwiftShader, which a probe notices.
        webgpu:
          build === 'jsep'
            ? /^webgpu \(onnxruntime 1\.\d+\.\d+; .*swiftshader.*, fused attention\)$/
            : /^webgpu \(onnxruntime 1\.\d+\.\d+; .*swiftshader.*, attention in steps\)$/,
      };
      expect(device).toMatch(expected[options.device]);
    });
  });

  describe('choosing', () => {
    test('auto prefers WebAssembly to WebGPU in software, and says so', async () => {
      const { page, call } = await openPage();
      expect(await call('deviceOf', 'jsep', {})).toMatch(
        /^wasm \(.*chosen by auto: WebGPU is software, .*swiftshader/,
      );
      await page.close();
    });

    test.each([
      ['the root build', 'jsep'],
      ['the build /webgpu', 'webgpu'],
    ] as const)('auto prefers WebGPU to WebAssembly on a GPU, and says so: %s', async (_, build) => {
      const { page, call } = await openPage();
      await page.evaluate(claimGpu);
      expect(await call('deviceOf', build, {})).toMatch(
        new RegExp(`^webgpu \\(onnxruntime .*; ${claimedGpu}, .*chosen by auto: a GPU\\)$`),
      );
      await call('conform', build, {}, linear.name);
      await page.close();
    });

    test('auto turns to WebAssembly where the GPU cannot do what is asked, and says so', async () => {
      const { page, call } = await openPage();
      await page.evaluate(claimGpu);
      expect(await call('deviceOf', 'jsep', { precision: 'float16' })).toMatch(
        new RegExp(`^wasm \\(.*chosen by auto: the GPU \\(${claimedGpu}\\) has no float16`),
      );
      await page.close();
    });

    test('a page that is not cross-origin isolated gets one thread, and says so', async () => {
      const { page, call } = await openPage({ isolated: false });
      expect(await call('deviceOf', 'jsep', { device: 'wasm', threads: 2 })).toMatch(
        /1 thread: the page is not cross-origin isolated/,
      );
      await page.close();
    });

    test('threads other than those that were started are refused', async () => {
      const { page, call } = await openPage();
      await call('deviceOf', 'jsep', { device: 'wasm', threads: 1 });
      const error = await call('loadError', 'jsep', { device: 'wasm', threads: 2 });
      expect(error).toMatchObject({
        code: 'argument',
        message: expect.stringMatching(/expected 1, as it has, got 2/),
      });
      await page.close();
    });

    test('float16 is refused where the GPU has none, with what to do', async () => {
      const { page, call } = await openPage();
      const error = await call('loadError', 'jsep', { device: 'webgpu', precision: 'float16' });
      expect(error).toMatchObject({
        code: 'device',
        message: expect.stringMatching(/float16.*Leave precision/),
      });
      await page.close();
    });
  });

  describe('a lost GPU device', () => {
    test('is a typed error, and the model can be loaded again (build: webgpu)', async () => {
      const { page, call } = await openPage();
      const { before, run, dispose, load, again } = await call('loseDevice', 'webgpu');
      expect(run).toMatchObject({
        code: 'device',
        message: expect.stringMatching(/lost.*Load the model again/),
      });
      expect(dispose).toBeUndefined();
      expect(load).toBeUndefined();
      expect(largestDifference(again!, before)).toBeLessThan(logitTolerance.float32);
      await page.close();
    });

    test('is a typed error, and another load says what to do (build: jsep)', async () => {
      const { page, call } = await openPage();
      const { run, dispose, load } = await call('loseDevice', 'jsep');
      expect(run).toMatchObject({ code: 'device', message: expect.stringMatching(/lost/) });
      expect(dispose).toBeUndefined();
      expect(load).toMatchObject({ code: 'device', message: expect.stringMatching(/Reload the page/) });
      await page.close();
    });
  });
});
