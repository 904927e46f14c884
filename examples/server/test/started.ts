// The server as it is built, in a process of its own that ends with the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import { metricIn, root, soon } from './served.js';

const main = join(root, 'examples/server/dist/main.js');

interface Process {
  readonly child: ChildProcess;
  /** Where temporary files go. */
  readonly folder: string;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

/** Starts it, with temporary files in a folder of its own unless one is given. */
export function start(flags: readonly string[], temporary?: string): Process {
  if (!existsSync(main)) throw new Error('The server is not built: run `pnpm build` first.');
  const folder = temporary ?? mkdtempSync(join(tmpdir(), 'audiozoo-server-test-'));
  const child = spawn(process.execPath, [main, ...flags], {
    cwd: root,
    env: { ...process.env, TMPDIR: folder },
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    if (!temporary) rmSync(folder, { recursive: true, force: true });
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return { child, folder, output: () => output, ended };
}

/** Starts it where nobody else listens; threads of a run would wait for each other on a busy machine. */
export async function startServer(flags: readonly string[] = [], temporary?: string) {
  const server = start(['--port', '0', '--threads', '1', ...flags], temporary);
  const url = await soon(() => /^http:\/\/\S+/.exec(server.output())![0]);
  const metric = async (line: string) => metricIn(await (await fetch(`${url}/metrics`)).text(), line);
  /** Waits until so many requests are under way. */
  const busy = (requests: number) =>
    soon(async () => {
      expect((await metric('audiozoo_working')) + (await metric('audiozoo_queue_length'))).toBe(requests);
    });
  const send = (path: string, body: Uint8Array, init?: RequestInit) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'audio/wav' },
      body: body as BodyInit,
      ...init,
    });
  /** Looks for events in noise, hop by hop of 10 ms. */
  const ask = (seconds: number) => {
    const noise = Int16Array.from({ length: seconds * 16_000 }, (_, index) => (index * 7919) % 2000);
    return send('/v1/events?window=1&hop=0.01', wav16(noise));
  };
  const health = async () => {
    const response = await fetch(`${url}/healthz`);
    return [response.status, ((await response.json()) as { status: string }).status];
  };
  return { ...server, url, port: Number(new URL(url).port), metric, busy, send, ask, health };
}
