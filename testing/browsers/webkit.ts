// Debian's WebKitGTK, over WebDriver. It draws on a screen that is only memory.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Builder, Capabilities } from 'selenium-webdriver';
import { freePort } from '../free-port.js';
import { type DrivenBrowser, evaluateWith } from './driven-page.js';

const libraries = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
const miniBrowser = existsSync(libraries)
  ? readdirSync(libraries)
      .map((name) => `${libraries}/${name}/MiniBrowser`)
      .find((path) => /\/webkit2?gtk-/.test(path) && existsSync(path))
  : undefined;

const driverPath = '/usr/bin/WebKitWebDriver';
const screenPath = '/usr/bin/Xvfb';

/** Whether the driver, its browser and the screen are there. */
export const hasWebKit = [miniBrowser, driverPath, screenPath].every((path) => path && existsSync(path));

/** Each page has a session of its own, with an empty profile: the driver loses pages that change their process. */
export async function launchWebKit(): Promise<DrivenBrowser> {
  const [{ screen, display }, port] = await Promise.all([startScreen(), freePort()]);
  const env = { ...process.env, DISPLAY: display, LIBGL_ALWAYS_SOFTWARE: '1' };
  const driver = spawn(driverPath, [`--port=${port}`], { env, stdio: 'ignore' });
  return {
    async open(address) {
      const session = await begin(driver, port);
      await session.manage().setTimeouts({ script: 120_000 });
      await session.get(address);
      return {
        evaluate: evaluateWith((script, values) => session.executeAsyncScript(script, values)),
        close: () => session.quit(),
      };
    },
    async close() {
      driver.kill();
      screen.kill();
    },
  };
}

/** A screen under a number that is free. */
async function startScreen(): Promise<{ readonly screen: ChildProcess; readonly display: string }> {
  const screen = spawn(screenPath, ['-displayfd', '3', '-screen', '0', '1280x900x24'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [number] = await once(createInterface({ input: screen.stdio[3] as never }), 'line');
  return { screen, display: `:${number}` };
}

/** Begins a session. Asks until the driver listens at its port, or has ended. */
async function begin(driver: ChildProcess, port: number) {
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] },
  });
  for (;;) {
    try {
      return await new Builder()
        .usingServer(`http://127.0.0.1:${port}`)
        .withCapabilities(capabilities)
        .build();
    } catch (error) {
      if (driver.exitCode !== null || !/ECONNREFUSED/.test(String(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
