// The kernels in the browsers that are not Chromium.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DrivenBrowser, type DrivenPage, waitFor } from '../../../testing/browsers/driven-page.js';
import { firefoxPath, launchFirefox } from '../../../testing/browsers/firefox.js';
import { type PageServer, servePages } from '../../../testing/browsers/page-server.js';
import { hasWebKit, launchWebKit } from '../../../testing/browsers/webkit.js';
import { describeConformance } from './backend-in-page.js';

describe.skipIf(!firefoxPath)('wasm in Firefox (needs firefox-esr)', () => {
  describeKernels(launchFirefox, {
    isolated: /^wasm \(audiozoo's kernels, (relaxed )?SIMD, 2 threads\)$/,
    notIsolated: /SIMD, 1 thread: the page is not cross-origin isolated\)$/,
  });
});

describe.skipIf(!hasWebKit)('wasm in WebKit (needs webkit2gtk-driver and xvfb)', () => {
  describeKernels(launchWebKit, {
    isolated: /SIMD, 1 thread: the browser shares no memory between threads\)$/,
    notIsolated: /SIMD, 1 thread: the page is not cross-origin isolated\)$/,
  });
});

function describeKernels(
  launch: () => Promise<DrivenBrowser>,
  devices: { readonly isolated: RegExp; readonly notIsolated: RegExp },
): void {
  let server: PageServer;
  let browser: DrivenBrowser;
  let page: DrivenPage;
  beforeAll(async () => {
    server = await servePages({ root: `${import.meta.dirname}/..` });
    browser = await launch();
    page = await open(true);
  });
  afterAll(async () => {
    await page?.close();
    await browser?.close();
    await server?.close();
  });

  async function open(isolated: boolean): Promise<DrivenPage> {
    const opened = await browser.open(server.address('test/pages/wasm.ts', { isolated }));
    await waitFor(opened, 'return window.exports !== undefined');
    return opened;
  }
  const call = (name: string, ...values: readonly unknown[]) =>
    page.evaluate('const [name, ...given] = values; return window.exports[name](...given)', name, ...values);

  describeConformance(async (name) => void (await call('conform', { threads: 2 }, name)));

  test('says what it runs on', async () => {
    expect(await call('deviceOf', { threads: 2 })).toMatch(devices.isolated);
  });

  test('says why there is one thread where the page is not isolated', async () => {
    await page.close();
    page = await open(false);
    expect(await call('deviceOf', { threads: 2 })).toMatch(devices.notIsolated);
  });
}
