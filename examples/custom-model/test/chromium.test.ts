import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  chromiumPath,
  launchBrowser,
  type TestBrowser,
  type TestPage,
} from '../../../testing/chromium/browser.js';

const folder = join(import.meta.dirname, '..');

describe.skipIf(!chromiumPath)('a model of a third party in Chromium (needs Chromium)', () => {
  let browser: TestBrowser;
  let page: TestPage<typeof import('./pages/mel-mixer.js')>;
  beforeAll(async () => {
    browser = await launchBrowser({
      root: folder,
      bundle: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'],
    });
    page = await browser.open('test/pages/mel-mixer.ts');
  });
  afterAll(() => browser?.close());

  test.each(['onnxruntime', 'tfjs'] as const)('hears with %s', async (runtime) => {
    expect(await page.call('hear', runtime, folder)).toBe('rising sweep');
  });
});
