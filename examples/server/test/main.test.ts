// The server as people start it, built and in a process of its own.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { codeFences } from '../../../scripts/code-fences.js';
import { wav16 } from '../../../testing/wav-file.js';
import { root, soon } from './served.js';

const main = join(root, 'examples/server/dist/main.js');

beforeEach(() => {
  if (!existsSync(main)) throw new Error('The server is not built: run `pnpm build` first.');
});

interface Process {
  readonly child: ChildProcess;
  /** Where temporary files go. */
  readonly folder: string;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(...flags: string[]): Process {
  const folder = mkdtempSync(join(tmpdir(), 'audiozoo-server-test-'));
  const child = spawn(process.execPath, [main, ...flags], {
    cwd: root,
    env: { ...process.env, TMPDIR: folder },
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return { child, folder, output: () => output, ended };
}

async function startServer(...flags: string[]) {
  const server = start('--port', '0', ...flags);
  const url = await soon(() => /^http:\/\/\S+/.exec(server.output())![0]);
  const metrics = async (...names: string[]) => {
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
    return names.map((name) => Number(lines.find((line) => line.startsWith(`${name} `))!.split(' ')[1]));
  };
  /** Waits until so many requests are under way. */
  const busy = (requests: number) =>
    soon(async () => {
      const [working, waiting] = await metrics('audiozoo_working', 'audiozoo_queue_length');
      expect(working! + waiting!).toBe(requests);
    });
  /** Looks for events in noise, hop by hop of 10 ms. */
  const ask = (seconds: number) => {
    const noise = Int16Array.from({ length: seconds * 16_000 }, (_, index) => (index * 7919) % 2000);
    return fetch(`${url}/v1/events?window=1&hop=0.01`, {
      method: 'POST',
      headers: { 'content-type': 'audio/wav' },
      body: wav16(noise) as BodyInit,
    });
  };
  return { ...server, url, busy, ask };
}

describe('the server', () => {
  test('says where it is in one line, and answers each curl of its README', async () => {
    const { url, output } = await startServer();
    expect(output().trim().split('\n')).toHaveLength(1);
    const printed = /curl .*$/m.exec(output())![0];
    const readme = readFileSync(join(root, 'examples/server/README.md'), 'utf8');
    const shown = codeFences(readme, 'sh').flatMap(({ code }) => code.split('\n'));
    const commands = shown.filter((line) => line.startsWith('curl '));
    expect(commands.length).toBeGreaterThan(3);
    for (const command of [printed, ...commands]) {
      const here = command.replace('http://localhost:8080', url).replace('curl ', 'curl --fail -sS ');
      const { stdout } = await promisify(execFile)('bash', ['-c', here], { cwd: root });
      expect(stdout, command).not.toBe('');
      if (command.includes('7_seven.wav')) expect(stdout, command).toContain('seven');
    }
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('on %s loses nothing of what is under way', async (signal) => {
    const { child, folder, url, busy, ask, ended } = await startServer('--workers', '1');
    const answers = Array.from({ length: 6 }, () => ask(2));
    await busy(6);
    child.kill(signal);
    const health = await soon(async () => {
      const response = await fetch(`${url}/healthz`);
      expect(response.status).toBe(503);
      return response.json();
    });
    expect(health).toEqual({ status: 'draining' });
    expect((await ask(1)).status).toBe(503);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(new Array(6).fill(200));
    expect(await ended).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves nothing behind when it is told to stop before it listens', async () => {
    const { child, folder, ended } = start('--port', '0');
    const watcher = watch(folder);
    await once(watcher, 'change');
    child.kill('SIGTERM');
    watcher.close();
    await ended;
    expect(readdirSync(folder)).toEqual([]);
  });

  test('exits at once when it is asked a second time, and leaves nothing behind', async () => {
    const flags = ['--workers', '1', '--windows', '60000'];
    const { child, folder, url, busy, ask, ended } = await startServer(...flags);
    const answer = ask(300).catch((error: Error) => error);
    await busy(1);
    child.kill('SIGTERM');
    await soon(async () => expect((await fetch(`${url}/healthz`)).status).toBe(503));
    const again = setInterval(() => child.kill('SIGTERM'), 300);
    expect(await ended).toBe(1);
    clearInterval(again);
    const outcome = await answer; // it may end before that is sent
    if (outcome instanceof Response) expect(outcome.status).toBe(503);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the command line', () => {
  test.each([
    [['--help'], 0, 'Usage: npm run serve'],
    [['--porte', '1'], 2, '--porte'],
    [['--port', '70000'], 2, '--port is 70000'],
    [['--workers', '0'], 2, '--workers is 0'],
    [['--limit', '1e3'], 2, '--limit is 1e3'],
    [['--model', '/nowhere'], 1, 'error: /nowhere is not a folder'],
    [['--model', 'models/spoken-digits', '--model', 'models/spoken-digits/'], 1, 'two models are called'],
  ])('%j ends with %i', async (flags, code, said) => {
    const { output, ended } = start(...flags);
    expect([await ended, output()]).toEqual([code, expect.stringContaining(said)]);
  });

  test('a port that is taken is an error that leaves nothing behind', async () => {
    const { url } = await startServer();
    const { output, ended, folder } = start('--port', new URL(url).port);
    expect([await ended, output()]).toEqual([1, expect.stringContaining('error: listen EADDRINUSE')]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('models have the names of their folders', async () => {
    const { url } = await startServer('--model', 'models/spoken-digits');
    expect(await (await fetch(`${url}/v1/models`)).text()).toContain('"name":"spoken-digits"');
  });
});
