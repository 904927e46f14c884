// Debian's Firefox, over WebDriver BiDi.

import { existsSync } from 'node:fs';
import { launch } from 'puppeteer-core';
import type { DrivenBrowser } from './driven-page.js';

/** Debian's Firefox, or the one that FIREFOX_PATH names; undefined when there is none. */
export const firefoxPath = [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr'].find(
  (path) => path && existsSync(path),
);

/** Each page has a browser of its own, with an empty profile, so that none waits for what another left behind. */
export async function launchFirefox(): Promise<DrivenBrowser> {
  return {
    async open(address) {
      const browser = await launch({
        ...{ browser: 'firefox', executablePath: firefoxPath!, headless: true },
        ...{ timeout: 0, protocolTimeout: 0 }, // the test has one
      });
      try {
        const page = await browser.newPage();
        page.setDefaultTimeout(0);
        await page.goto(address);
        return {
          evaluate: (body, ...values) =>
            page.evaluate(
              (body, values) =>
                new Function('values', `return (async (...values) => {${body}})(...values)`)(values),
              body,
              values,
            ),
          close: () => browser.close(),
        };
      } catch (error) {
        await browser.close();
        throw error;
      }
    },
    async close() {},
  };
}
