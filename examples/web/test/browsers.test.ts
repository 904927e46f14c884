// The built pages in the browsers that are not Chromium: their main paths.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type DrivenBrowser, type DrivenPage, waitFor } from '../../../testing/browsers/driven-page.js';
import { firefoxPath, launchFirefox } from '../../../testing/browsers/firefox.js';
import { hasWebKit, launchWebKit } from '../../../testing/browsers/webkit.js';
import { type BuiltApplication, buildApplication } from './served-application.js';

const fixtures = join(import.meta.dirname, 'fixtures/esc10');
const digits = join(import.meta.dirname, '../../../models/spoken-digits/clips');

/** For a machine that does much else at the same time: each page begins with a browser. */
const timeout = 300_000;

describe.skipIf(!firefoxPath)('the pages in Firefox (needs firefox-esr)', { timeout }, () => {
  describePages(launchFirefox, { isolated: /2 threads|[3-8] threads/, webgpu: /WebGPU/ });
});

describe.skipIf(!hasWebKit)('the pages in WebKit (needs webkit2gtk-driver and xvfb)', { timeout }, () => {
  describePages(launchWebKit, { isolated: /shares no memory between threads/, webgpu: /WebGPU/ });
});

function describePages(
  launch: () => Promise<DrivenBrowser>,
  says: { readonly isolated: RegExp; readonly webgpu: RegExp },
): void {
  let application: BuiltApplication;
  let server: { readonly url: string; close(): Promise<void> };
  let shared: typeof server;
  let browser: DrivenBrowser;
  let page: DrivenPage;

  beforeAll(async () => {
    application = await buildApplication();
    server = await application.serve();
    shared = await application.serve({ isolated: false });
    browser = await launch();
  }, timeout);
  afterEach(() => page?.close());
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await shared?.close();
    await application?.remove();
  });

  const textOf = (selector: string) =>
    page.evaluate('return document.querySelector(values[0]).textContent', selector);
  const click = (selector: string) => page.evaluate('document.querySelector(values[0]).click()', selector);
  const reads = (selector: string, text: string) =>
    waitFor(
      page,
      'return document.querySelector(values[0]).textContent.startsWith(values[1])',
      selector,
      text,
    );

  /** Gives files of the disk to an input, as if they had been chosen. */
  const choose = (selector: string, paths: readonly string[]) =>
    page.evaluate(
      `const [selector, ...files] = values;
      const chosen = new DataTransfer();
      for (const [place, base64] of files.entries()) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        chosen.items.add(new File([bytes], 'sound-' + place));
      }
      const input = document.querySelector(selector);
      input.files = chosen.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));`,
      selector,
      ...paths.map((path) => readFileSync(path, 'base64')),
    );

  async function openPage(address: string): Promise<void> {
    page = await browser.open(address);
    const state = await waitFor(
      page,
      `const notices = [...document.querySelectorAll('[role=alert]')].map((notice) => notice.textContent);
      return notices.join() || (document.body.textContent.includes('× real time') && 'ready');`,
    );
    expect(state).toBe('ready');
  }

  const sayWord = (word: string) =>
    page.evaluate(
      'for (const button of document.querySelectorAll("button")) if (button.textContent.trim() === values[0]) button.click()',
      word,
    );

  test('name words and sound files, on kernels of their own', async () => {
    await openPage(server.url);
    expect(await textOf('#device')).toMatch(says.isolated);
    await sayWord('seven');
    await reads('#heard', 'seven');
    await choose('#sound-file', [join(digits, '3_three.wav')]);
    await reads('#heard', 'three');
  });

  test('do so in one thread where they are not isolated', async () => {
    await openPage(shared.url);
    expect(await textOf('#device')).toMatch(/1 thread: the page is not cross-origin isolated/);
    await sayWord('two');
    await reads('#heard', 'two');
  });

  test('run on onnxruntime where that is chosen, and say in words that there is no WebGPU', async () => {
    await openPage(server.url);
    await click('input[name=runtime][value=onnxruntime]');
    await waitFor(
      page,
      `return /onnxruntime/.test(document.querySelector('#device').textContent) &&
        document.querySelector('#real-time').textContent.includes('× real time')`,
    );
    await sayWord('nine');
    await reads('#heard', 'nine');
    await click('input[name=device][value=webgpu]');
    expect(await waitFor(page, 'return document.querySelector("#device-notice").textContent')).toMatch(
      says.webgpu,
    );
  });

  test('learn two sounds, and tell them', async () => {
    page = await browser.open(new URL('teach.html', server.url).href);
    await waitFor(page, 'return document.querySelectorAll(".sound input[type=file]").length >= 2');
    const labels = ['rain', 'rooster'];
    const taught = 2; // of three each, some would be held back, and it would learn twice
    const clips = (kind: string, label: string) =>
      readdirSync(fixtures)
        .filter((name) => name.startsWith(`${kind}-${label}-`))
        .map((name) => join(fixtures, name));
    for (const [place, label] of labels.entries()) {
      await page.evaluate(
        `const name = document.querySelectorAll('.sound')[values[0]].querySelector('input:not([type=file])');
        name.value = values[1];
        for (const type of ['input', 'change']) name.dispatchEvent(new Event(type, { bubbles: true }));`,
        place,
        label,
      );
      const card = `.sound:nth-child(${place + 1})`;
      await choose(`${card} input[type=file]`, clips('taught', label).slice(0, taught));
      await waitFor(
        page,
        'return document.querySelector(values[0]).textContent.endsWith(values[1])',
        `${card} .amount`,
        `in ${taught} recordings`,
      );
    }
    await waitFor(page, 'return !document.querySelector("#teach").disabled');
    await click('#teach');
    const status = await waitFor(
      page,
      `return document.querySelector('#teach-notice').textContent ||
        /^Learned from.*/.exec(document.querySelector('#teach-status').textContent)?.[0]`,
    );
    expect(status).toMatch(/^Learned from/);
    await choose('#sound-file', clips('held-out', 'rooster').slice(0, 1));
    await reads('#heard', 'rooster');
  });
}
