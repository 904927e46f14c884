import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  chromiumPath,
  launchBrowser,
  type TestBrowser,
  type TestPage,
} from '../../../testing/chromium/browser.js';

type Exports = typeof import('./pages/classify.js');

const model = `/@fs${join(import.meta.dirname, '../../../models/spoken-digits')}`;
const clip = `${model}/clips/7_seven.wav`;

describe.skipIf(!chromiumPath)('in Chromium (needs Chromium)', () => {
  let browser: TestBrowser;
  let page: TestPage<Exports>;
  beforeAll(async () => {
    browser = await launchBrowser({ root: join(import.meta.dirname, '..') });
    page = await browser.open<Exports>('test/pages/classify.ts');
  });
  afterAll(() => browser.close());

  test('a model runs on the kernels where there is no GPU', async () => {
    const { label, device } = await page.call('best', model, clip);
    expect(label).toBe('seven');
    expect(device).toMatch(/wasm/);
    expect(device).not.toMatch(/onnxruntime/);
  });

  test('a device that is asked for is taken', async () => {
    const { label, device } = await page.call('best', model, clip, { device: 'wasm', precision: 'float16' });
    expect(label).toBe('seven');
    expect(device).toMatch(/onnxruntime/);
  });

  test('one sound is one call', async () => {
    expect(await page.call('once', model, clip)).toBe('seven');
  });
});
