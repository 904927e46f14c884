// What a killed process leaves is swept by the next one, and nothing else is.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileSink, isRunning, ownerMark, ownerOf, partialPath, temporaryFolder } from '@audiozoo/core/disk';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

const isLinux = process.platform === 'linux';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audiozoo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The parts of this process's mark, some of them changed. */
function markOf(changes: { pid?: number; start?: string; machine?: string; boot?: string }): string {
  const [, pid, start, machine, boot] = ownerMark().split('-');
  const parts = { pid, start, machine, boot, ...changes };
  return `audiozoo-${parts.pid}-${parts.start}-${parts.machine}-${parts.boot}`;
}

async function startChild(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

async function endedProcess(): Promise<number> {
  const child = await startChild();
  child.kill('SIGKILL');
  await once(child, 'exit');
  return child.pid!;
}

describe('the owner that a name carries', () => {
  test('is alive while its process runs, and dead once that is killed', async () => {
    expect(ownerOf(`.a.${ownerMark()}-0.partial`)).toEqual({ pid: process.pid, state: 'alive' });
    const child = await startChild();
    const name = markOf({ pid: child.pid!, start: '0' }); // as where the system does not say when processes start
    expect(ownerOf(name)?.state).toBe('alive');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(ownerOf(name)?.state).toBe('dead');
  });

  test.skipIf(!isLinux)('is dead though its parent has not heard of its end (needs /proc)', async () => {
    const child = await startChild();
    child.kill('SIGKILL');
    const deadline = performance.now() + 5000;
    // Nothing is awaited: this process learns of no end meanwhile, and the id stays taken.
    while (isRunning(child.pid!) && performance.now() < deadline);
    expect(() => process.kill(child.pid!, 0)).not.toThrow();
    expect(ownerOf(markOf({ pid: child.pid!, start: '0' }))?.state).toBe('dead');
  });

  test.skipIf(!isLinux)('is dead where another process has its id now (needs /proc)', () => {
    expect(ownerOf(markOf({ start: '1' }))?.state).toBe('dead');
  });

  test('is dead after a restart of the machine', () => {
    expect(ownerOf(markOf({ boot: 'ffffffff' }))?.state).toBe('dead');
  });

  test('is not judged from another machine', async () => {
    const pid = await endedProcess();
    expect(ownerOf(markOf({ pid, machine: 'ffffffff' }))).toEqual({ pid, state: 'elsewhere' });
  });

  test.each(['model.safetensors', '.out.0123456789ab.partial', 'audiozoo-AbC123'])('is not in %s', (name) => {
    expect(ownerOf(name)).toBeUndefined();
  });
});

describe('a file that is being written', () => {
  test('lies beside its place, under a name that says what it will be and whose it is', async () => {
    const path = await partialPath(join(folder, 'out.onnx'));
    expect(dirname(path)).toBe(folder);
    expect(basename(path)).toMatch(/^\.out\.onnx\.audiozoo-/);
    expect(ownerOf(path)).toEqual({ pid: process.pid, state: 'alive' });
    expect(await partialPath(join(folder, 'out.onnx'))).not.toBe(path);
  });

  test('may get the longest name that there is', async () => {
    const target = join(folder, 'n'.repeat(255));
    writeFileSync(target, '');
    const file = await fileSink(await partialPath(target), target);
    await file.close();
    expect(readdirSync(folder)).toHaveLength(2);
  });
});

describe('sweeping', () => {
  test('removes files and folders of the dead, and only theirs', async () => {
    const dead = markOf({ pid: await endedProcess() });
    const others = [
      `.a.${markOf({})}-01234567.partial`, // of the living
      `.a.${markOf({ pid: await endedProcess(), machine: 'ffffffff' })}-01234567.partial`,
      `.a.${dead}-01234567.partial.bak`, // not quite such a name
      `${dead}.safetensors`,
      '.out.0123456789ab.partial',
      'mine.partial',
    ];
    for (const name of others) writeFileSync(join(folder, name), 'stays');
    writeFileSync(join(folder, `.a.${dead}-01234567.partial`), 'goes');
    mkdirSync(join(folder, `.model.${dead}-89abcdef.partial/deeper`), { recursive: true });
    writeFileSync(join(folder, `.model.${dead}-89abcdef.partial/deeper/weights`), 'goes');
    mkdirSync(join(folder, `${dead}-AbC019`));

    await partialPath(join(folder, 'next'));
    expect(readdirSync(folder).sort()).toEqual(others.sort());
  });

  test('follows no link out of the folder', async () => {
    const outside = join(folder, 'outside');
    const inside = join(folder, 'inside');
    mkdirSync(outside);
    mkdirSync(inside);
    writeFileSync(join(outside, 'mine'), '');
    symlinkSync(outside, join(inside, `.a.${markOf({ pid: await endedProcess() })}-01234567.partial`));
    await partialPath(join(inside, 'next'));
    expect([readdirSync(inside), readdirSync(outside)]).toEqual([[], ['mine']]);
  });

  test('of a folder that is not there is none', async () => {
    await expect(partialPath(join(folder, 'missing/next'))).resolves.toContain('missing');
  });
});

describe('a temporary folder', () => {
  test('is readable by its owner alone, and is swept once that was killed', async () => {
    const script = `
      import { temporaryFolder } from '@audiozoo/core/disk';
      console.log(await temporaryFolder());
      setInterval(() => {}, 1000);`;
    const start = async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        cwd: import.meta.dirname,
        env: { ...process.env, TMPDIR: folder },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const [path] = await once(child.stdout.setEncoding('utf8'), 'data');
      return { child, path: path.trim() };
    };
    const first = await start();
    expect(statSync(first.path).mode & 0o777).toBe(0o700);
    const second = await start();
    const temporary = () =>
      readdirSync(folder)
        .filter((name) => ownerOf(name))
        .sort();
    expect(temporary()).toEqual([basename(first.path), basename(second.path)].sort());

    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const third = await start();
    expect(temporary()).toEqual([basename(second.path), basename(third.path)].sort());
  });

  test('of this process is there at once', async () => {
    const path = await temporaryFolder();
    onTestFinished(() => rmSync(path, { recursive: true }));
    expect(ownerOf(basename(path))?.state).toBe('alive');
  });
});
