// A Redis of a test's own: on a free port, in a temporary folder, gone with the test.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

type Program = 'redis-server' | 'valkey-server';

export const hasRedis = hasProgram('redis-server');
export const hasValkey = hasProgram('valkey-server');

function hasProgram(program: Program): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it as a machine that fails does. */
  kill(): Promise<void>;
  /** Starts it again, with what it has written down. */
  start(): Promise<void>;
  /** Ends it, and removes its folder. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly program?: Program;
  /** As a sentinel, with these lines of configuration. */
  readonly sentinel?: readonly string[];
}

/** Starts one. Settings are those of its command line, as `['requirepass', 'secret']`. */
export async function startRedis(
  settings: readonly (readonly [string, string])[] = [],
  { program = 'redis-server', sentinel }: StartOptions = {},
): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-test-redis-'));
  const port = await freePort();
  const place = [
    ['port', `${port}`],
    ['bind', '127.0.0.1'],
    ['dir', folder],
  ];
  const kept = [
    ['save', ''],
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
  ];
  const args = [...place, ...(sentinel ? [] : kept), ...settings].flatMap(([name, value]) => [
    `--${name}`,
    value!,
  ]);
  if (sentinel) {
    const file = join(folder, 'sentinel.conf'); // which sentinels write to
    await writeFile(file, `${sentinel.join('\n')}\n`);
    args.unshift(file, '--sentinel');
  }
  let running: ChildProcess | undefined;
  const redis = {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    pid: 0,
    async kill() {
      const ended = running && new Promise((resolve) => running!.once('exit', resolve));
      running?.kill('SIGKILL');
      await ended;
      running = undefined;
    },
    async start() {
      running = spawn(program, args, { stdio: 'ignore' });
      redis.pid = running.pid!;
      for (let tries = 0; !(await answers(port)); tries++) {
        if (tries > 200) throw new Error(`${program} does not answer`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    async stop() {
      await redis.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(/PONG|NOAUTH/.test(`${data}`));
    });
    socket.once('error', () => resolve(false));
  });
}
