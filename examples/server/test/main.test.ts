// The server as people start it, built and in a process of its own.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, watch } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeFences } from '../../../scripts/code-fences.js';
import { root, soon } from './served.js';
import { start, startServer } from './started.js';

describe('the server', () => {
  test('says where it is in one line, and answers each curl of its guide', async () => {
    const { url, output } = await startServer();
    expect(output().trim().split('\n')).toHaveLength(1);
    const printed = /curl .*$/m.exec(output())![0];
    const guide = readFileSync(join(root, 'docs/server.md'), 'utf8');
    const shown = codeFences(guide, 'sh').flatMap(({ code }) => code.split('\n'));
    const commands = shown.filter((line) => line.startsWith('curl '));
    expect(commands.length).toBeGreaterThan(3);
    for (const command of [printed, ...commands]) {
      const here = command.replace('http://localhost:8080', url).replace('curl ', 'curl --fail -sS ');
      const { stdout } = await promisify(execFile)('bash', ['-c', here], { cwd: root });
      expect(stdout, command).not.toBe('');
      if (command.includes('7_seven.wav')) expect(stdout, command).toContain('seven');
    }
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s loses nothing of what is under way',
    async (signal) => {
      const flags = ['--workers', '1', '--grace', '600'];
      const { child, folder, url, busy, ask, ended } = await startServer(flags);
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
    },
    120_000,
  );

  test('what is not done within the grace is answered with a 503, and the exit code says so', async () => {
    const flags = ['--workers', '1', '--windows', '60000', '--grace', '1'];
    const { child, folder, port, busy, ask, ended } = await startServer(flags);
    const answers = [ask(60), ask(60), ask(60), ask(60)]; // three in the thread, one in the queue
    await busy(4);
    const arriving = connect(port, '127.0.0.1');
    arriving.write(
      'POST /v1/classify HTTP/1.1\r\nHost: a\r\nContent-Type: audio/wav\r\nContent-Length: 99999\r\n\r\nRIFF',
    );
    const said = once(arriving, 'data');
    const begun = performance.now();
    child.kill('SIGTERM');
    for (const answer of await Promise.all(answers)) {
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'disposed', what: 'the server is about to stop' });
    }
    expect(String(await said)).toMatch(/^HTTP\/1.1 503 /);
    expect(await ended).toBe(1);
    expect(performance.now() - begun).toBeGreaterThan(1000);
    expect(performance.now() - begun).toBeLessThan(15_000); // a second, and what a busy machine makes of two more
    expect(readdirSync(folder)).toEqual([]);
  });

  test('what a killed server left goes when the next one starts, and nothing of one that runs', async () => {
    const flags = ['--workers', '1', '--rate-grace', '600'];
    const killed = await startServer(flags);
    const running = await startServer(flags, killed.folder);
    const head =
      'POST /v1/classify HTTP/1.1\r\nHost: a\r\nContent-Type: audio/wav\r\nContent-Length: 9999999\r\n\r\n';
    const sockets = [killed, running].map(({ port }) => connect(port, '127.0.0.1').on('error', () => {}));
    for (const socket of sockets) socket.write(head + 'x'.repeat(2_000_000));
    const uploads = () =>
      readdirSync(killed.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    await soon(() => expect(uploads()).toHaveLength(2));
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(readdirSync(killed.folder)).toHaveLength(2);
    const next = await startServer(flags, killed.folder);
    expect(readdirSync(killed.folder)).toHaveLength(2);
    expect(uploads()).toHaveLength(1);
    for (const socket of sockets) socket.destroy();
    for (const { child, ended } of [running, next]) {
      child.kill('SIGINT');
      child.kill('SIGTERM'); // at the same time: they are one
      expect(await ended).toBe(0);
    }
    expect(readdirSync(killed.folder)).toEqual([]);
  });

  test('leaves nothing behind when it is told to stop before it listens', async () => {
    const { child, folder, ended } = start(['--port', '0']);
    const watcher = watch(folder);
    await once(watcher, 'change');
    child.kill('SIGTERM');
    watcher.close();
    await ended;
    expect(readdirSync(folder)).toEqual([]);
  });

  test('exits at once when it is asked a second time, and leaves nothing behind', async () => {
    const flags = ['--workers', '1', '--windows', '60000'];
    const { child, folder, url, busy, ask, ended } = await startServer(flags);
    const answer = ask(60).catch((error: Error) => error);
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
    const { output, ended } = start(flags);
    expect([await ended, output()]).toEqual([code, expect.stringContaining(said)]);
  });

  test('a port that is taken is an error that leaves nothing behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { output, ended, folder } = start(['--port', `${port}`, '--workers', '1']);
    expect([await ended, output()]).toEqual([1, expect.stringContaining('error: listen EADDRINUSE')]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('models have the names of their folders', async () => {
    const { url } = await startServer(['--model', 'models/spoken-digits', '--workers', '1']);
    expect(await (await fetch(`${url}/v1/models`)).text()).toContain('"name":"spoken-digits"');
  });
});
