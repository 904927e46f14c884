// What a file system refuses is called by its name. The failures are real ones, as far as this machine has them for a
// process without privileges.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { fileSink, makeFolder, notWritable } from '@audiozoo/core/disk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audiozoo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function refusal(writing: Promise<unknown>): Promise<string> {
  const error = await writing.then(
    () => expect.unreachable('nothing was thrown'),
    (reason: unknown) => reason,
  );
  if (!AudiozooError.isInstance(error, 'file')) throw error;
  return error.message;
}

/** Writes megabytes as sinks do, in a process of its own, and prints the error. */
const writeMuch = (path: string) => `
  import { fileSink } from '@audiozoo/core/disk';
  const sink = await fileSink(${JSON.stringify(path)}, 'out.onnx');
  try {
    for (let piece = 0; piece < 8; piece++) await sink.write(new Uint8Array(2 ** 20));
  } catch (error) {
    console.log(error.code, error.message);
  }
  await sink.close().catch((error) => console.log(error.code, error.message));`;

const nodeFlags = ['--input-type=module', '-e'];
/** Runs Node behind a line of shell that bounds it. */
const bounded = (shell: string, script: string, command: readonly string[] = []) => {
  const [program, ...rest] = [
    ...command,
    '/bin/sh',
    '-c',
    `${shell} && exec "$0" "$@"`,
    process.execPath,
    ...nodeFlags,
  ];
  return spawnSync(program!, [...rest, script], { cwd: import.meta.dirname, encoding: 'utf8' });
};

test.skipIf(!existsSync('/dev/full'))('a full disk is called that (needs /dev/full)', async () => {
  const handle = await open('/dev/full', 'w');
  const writing = handle.write(new Uint8Array(1)).catch(notWritable('out.npy'));
  expect(await refusal(writing)).toBe(
    'out.npy cannot be written: the disk is full: got Error: ENOSPC: no space left on device, write. ' +
      'Free space on it, or write to another.',
  );
  await handle.close();
});

/** What gives people a file system of their own, where the system lets them have it. */
const mounting = ['unshare', '--user', '--map-root-user', '--mount'];
const [unshare, ...mountFlags] = mounting as [string, ...string[]];
const canMount = spawnSync(unshare, [...mountFlags, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

describe.skipIf(!canMount)('a file system of its own (needs `unshare --user --mount`)', () => {
  test('of one megabyte fills up, and the sink says so', () => {
    const mount = `mount -t tmpfs -o size=1m none ${folder}`;
    const { stdout } = bounded(mount, writeMuch(join(folder, 'a.partial')), mounting);
    expect(stdout).toMatch(/^file out\.onnx cannot be written: the disk is full: got Error: ENOSPC/);
  });

  test('that can only be read is called that', () => {
    const mount = `mount -t tmpfs -o ro none ${folder}`;
    const { stderr } = bounded(mount, writeMuch(join(folder, 'a.partial')), mounting);
    expect(stderr).toMatch(/out\.onnx cannot be written: the disk can only be read: got Error: EROFS/);
  });
});

test.skipIf(process.platform === 'win32')(
  'a file beyond the largest size is called that (needs ulimit)',
  () => {
    const { stdout } = bounded('ulimit -f 1024', writeMuch(join(folder, 'a.partial')));
    expect(stdout).toMatch(
      /^file out\.onnx cannot be written: it is larger than a file may be there: got Error: EFBIG/,
    );
  },
);

test('a folder that is not there, or is no folder, is called that', async () => {
  expect(await refusal(fileSink(join(folder, 'missing/a'), 'a'))).toMatch(
    /: there is no such folder: .*ENOENT/,
  );
  writeFileSync(join(folder, 'file'), '');
  expect(await refusal(fileSink(join(folder, 'file/a'), 'a'))).toMatch(/: a part of its path is no folder/);
  expect(await refusal(fileSink(join(folder, 'n'.repeat(300)), 'a'))).toMatch(/: its name is too long/);
  expect(readdirSync(folder)).toEqual(['file']);
});

test.each([
  ['EDQUOT', 'your quota of the disk is used up'],
  ['EACCES', 'permission is denied'],
  ['EIO', 'the disk fails'],
])('%s means that %s', (code, why) => {
  const cause = Object.assign(new Error(code), { code });
  expect(() => notWritable('a')(cause)).toThrow(`a cannot be written: ${why}`);
});

test('what is said already is not said again', () => {
  const said = new AudiozooError({ code: 'audio', what: 'the sound is damaged' });
  expect(() => notWritable('a')(said)).toThrow(said);
});

describe('a folder', () => {
  test('is made with those above it, of which the topmost is told', async () => {
    expect(await makeFolder(join(folder, 'a/b/c'))).toBe(join(folder, 'a'));
    expect(await makeFolder(join(folder, 'a/b/d'))).toBe(join(folder, 'a/b/d'));
    expect(await makeFolder(join(folder, 'a/b/d'))).toBeUndefined();
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['c', 'd']);
  });

  test('that a file is in the place of is refused', async () => {
    writeFileSync(join(folder, 'file'), '');
    const refused = makeFolder(join(folder, 'file/below')).catch(notWritable('out'));
    expect(await refusal(refused)).toContain('a part of its path is no folder');
    await expect(makeFolder(join(folder, 'file'))).rejects.toThrow('EEXIST');
  });

  // Node's own tries for ever.
  test.runIf(existsSync('/proc/self'))('is refused where the system makes none', async () => {
    expect(await refusal(makeFolder('/proc/nothing/below'))).toContain('only the system makes folders there');
  });
});
