// Debian's Firefox, over Marionette, its own protocol. Not over WebDriver BiDi, whose sessions have Firefox report every new worker: a
// worker that starts another then sometimes waits for ever. With pages that began worker after worker, each of which started two, all
// of eight sessions stopped within 76 of them; of 3,700 over Marionette and 4,800 without a driver none did.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DrivenBrowser, evaluateWith } from './driven-page.js';

/** Debian's Firefox, or the one that FIREFOX_PATH names; undefined when there is none. */
export const firefoxPath = [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr'].find(
  (path) => path && existsSync(path),
);

/** Each page has a browser of its own, with an empty profile, so that none waits for what another left behind. */
export async function launchFirefox(): Promise<DrivenBrowser> {
  const closings = new Set<() => Promise<void>>();
  return {
    async open(address) {
      const profile = await mkdtemp(join(tmpdir(), 'audiozoo-firefox-'));
      await writeFile(join(profile, 'user.js'), 'user_pref("marionette.port", 0);');
      const flags = ['--headless', '--marionette', '--no-remote', '--profile', profile];
      const firefox = spawn(firefoxPath!, flags, { stdio: 'ignore' });
      const close = async () => {
        closings.delete(close);
        const ended = once(firefox, 'exit');
        if (firefox.kill()) await ended;
        await rm(profile, { recursive: true, force: true, maxRetries: 5 });
      };
      closings.add(close);
      try {
        const ask = commandsOf(await connectTo(profile, firefox));
        const timeouts = { script: null, pageLoad: Number.MAX_SAFE_INTEGER }; // the test has one
        await ask('WebDriver:NewSession', { capabilities: { alwaysMatch: { timeouts } } });
        await ask('WebDriver:Navigate', { url: address });
        return {
          evaluate: evaluateWith(async (script, values) => {
            const answer = await ask('WebDriver:ExecuteAsyncScript', { script, args: [values] });
            return (answer as { readonly value: unknown }).value;
          }),
          close,
        };
      } catch (error) {
        await close();
        throw error;
      }
    },
    async close() {
      await Promise.all([...closings].map((close) => close())); // of pages that did not open in time
    },
  };
}

/** Waits until the browser has written down where it listens, or has ended. */
async function connectTo(profile: string, firefox: ChildProcess): Promise<Socket> {
  for (;;) {
    const port = await readFile(join(profile, 'MarionetteActivePort'), 'utf8').catch(() => '');
    if (port) return connect(Number(port), '127.0.0.1');
    const end = firefox.exitCode ?? firefox.signalCode;
    if (end !== null) throw new Error(`Firefox has ended with ${end}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Asks one command after the other. */
function commandsOf(socket: Socket): (name: string, parameters: object) => Promise<unknown> {
  const messages = messagesOf(socket);
  let before: Promise<unknown> = messages.next(); // it greets
  return (name, parameters) => {
    const answer = before.then(async () => {
      const message = JSON.stringify([0, 0, name, parameters]);
      socket.write(`${Buffer.byteLength(message)}:${message}`);
      const { value } = await messages.next();
      if (!value) throw new Error('Firefox has ended');
      const [, , error, result] = value;
      if (error) throw new Error(error.message);
      return result;
    });
    before = answer.catch(() => {});
    return answer;
  };
}

type Message = readonly [type: 1, id: number, error: { readonly message: string } | null, result: unknown];

/** Each is JSON behind its bytes' number and a colon. */
async function* messagesOf(socket: Socket): AsyncGenerator<Message, undefined> {
  let bytes = Buffer.alloc(0);
  for await (const piece of socket) {
    bytes = Buffer.concat([bytes, piece]);
    for (;;) {
      const begin = bytes.indexOf(':') + 1;
      const end = begin + Number(bytes.subarray(0, begin - 1));
      if (begin === 0 || bytes.length < end) break;
      yield JSON.parse(bytes.toString('utf8', begin, end));
      bytes = bytes.subarray(end);
    }
  }
}
