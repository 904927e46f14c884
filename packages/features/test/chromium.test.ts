import { createFbank, type FbankOptions } from '@audiozoo/features';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, launchBrowser, type TestBrowser } from '../../../testing/chromium/browser.js';

const timeout = 60_000;
const samples = Float32Array.from({ length: 16_000 }, (_, index) => Math.sin(index * index) / 2);

describe.skipIf(!chromiumPath)('fbank in Chromium (needs Chromium: none found)', { timeout }, () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser({ root: `${import.meta.dirname}/..` });
  }, timeout);
  afterAll(() => browser?.close());

  it.each([
    { melBins: 128, window: 'hanning' },
    { melBins: 128, window: 'hanning', usePower: false },
  ] satisfies FbankOptions[])('gives the numbers of Node, on a page’s main thread: %j', async (options) => {
    const page = await browser.open<typeof import('./pages/fbank.js')>('test/pages/fbank.ts');
    const { data, instances } = await page.call('features', [...samples], options);
    expect(data).toEqual([...createFbank(options).compute(samples).data]);
    expect(instances).toBe('usePower' in options ? 0 : 1);
    await page.page.close();
  });
});
