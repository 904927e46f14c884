// Tests in Chromium are ordinary tests in Node that call functions of a page: a test that needs a browser
// has a name and a count like any other, and is skipped, with the reason in its title, where none is found.

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type PageServerOptions, servePages } from '../browsers/page-server.js';

/** Debian's Chromium, or the one that CHROMIUM_PATH names; undefined when there is none. */
export const chromiumPath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find(
  (path) => path && existsSync(path),
);

const flags = [
  '--no-sandbox',
  '--enable-unsafe-webgpu', // gives a WebGPU adapter in software where there is no GPU
  '--disable-gpu-rasterization', // nobody looks at the pages, and software would draw them as a GPU does
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface TestBrowser {
  /** Opens a page that runs `module`; its exported functions can be called from here. */
  open<Exports>(module: string, options?: OpenOptions): Promise<TestPage<Exports>>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Whether the page may use threads; it may unless told. */
  readonly isolated?: boolean;
}

export interface TestPage<Exports> {
  /**
   * Calls an exported function in the page. Rejects when it does, and when the page has logged an error
   * or thrown one that nobody caught. Typed arrays come across with far less work than arrays of numbers.
   */
  call<Name extends keyof Exports & string>(
    name: Name,
    ...values: Exports[Name] extends (...values: infer Values) => unknown ? Values : never
  ): Promise<Exports[Name] extends (...values: never) => infer Result ? Awaited<Result> : never>;
  /** The page itself, for what calls cannot do. */
  readonly page: Page;
}

/** A browser with an empty profile, and a server for its pages. */
export async function launchBrowser(
  options: PageServerOptions,
  extraFlags: readonly string[] = [],
): Promise<TestBrowser> {
  const [server, browser] = await Promise.all([
    servePages(options),
    chromium.launch({ executablePath: chromiumPath!, args: [...flags, ...extraFlags] }),
  ]);
  return {
    open: (module, { isolated = true } = {}) => openPage(browser, server.address(module, { isolated })),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function openPage<Exports>(browser: Browser, address: string): Promise<TestPage<Exports>> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.setDefaultTimeout(0); // the test has one
  await page.goto(address);
  await Promise.race([
    page.waitForFunction('window.exports'),
    page.waitForEvent('pageerror').then((error) => Promise.reject(error)),
  ]);
  return {
    page,
    async call(name, ...values) {
      const result = await page.evaluate(
        ([name, values]) =>
          (window as unknown as { exports: Record<string, (...values: unknown[]) => never> }).exports[name]!(
            ...values,
          ),
        [name, values] as const,
      );
      if (errors.length > 0) throw new Error(`The page logged: ${errors.splice(0).join('\n')}`);
      return result;
    },
  };
}
