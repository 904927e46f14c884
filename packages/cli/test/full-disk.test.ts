// A disk that is full: it is called that, and nothing half-written stays.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, fixture, stub, temporaryFolder } from './audiozoo.js';

const clip = digitClip('7_seven');
const message = /^error: .* cannot be written: the disk is full: got Error: ENOSPC.* Free space/m;

describe.skipIf(!existsSync('/dev/full'))('a full disk (needs /dev/full)', () => {
  test.each([
    ['features', [clip, '--model', digits, '--out', '/dev/full']],
    ['classify', [clip, '--model', digits, '--logits', '/dev/full']],
    ['events', [clip, '--model', digits, '--out', '/dev/full']],
  ])('fails %s', async (command, args) => {
    const { exitCode, stderr } = await audiozoo([command, ...args]);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});

/** What gives people a file system of their own, where the system lets them have it. */
const mounting = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'];
const [unshare, ...flags] = mounting as [string, ...string[]];
const canMount = spawnSync(unshare, [...flags, 'mount -t tmpfs none /mnt']).status === 0;

describe.skipIf(!canMount)('a file system of 1 MB (needs `unshare --user --mount`)', () => {
  /** Runs a command that writes to such a file system, and lists afterwards what is there. */
  function runThere(place: string, args: readonly string[]) {
    const script = `mount -t tmpfs -o size=1m none ${place} && "$0" "$@"; code=$?; ls -A ${place} >&2; exit $code`;
    const { status, stderr } = spawnSync(unshare, [...flags, script, process.execPath, stub, ...args], {
      encoding: 'utf8',
    });
    return { status, stderr };
  }

  const checkpoint = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.pth');
  const labels = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.labels.csv');
  const geometry = ['--set', 'fstride=16', '--set', 'tstride=16', '--set', 'frames=128', '--labels', labels];
  test.each([
    ['convert', [checkpoint, ...geometry, '--set', 'mean=-7', '--set', 'std=6']],
    ['quantize', ['--model', digits, '--dtype', 'float16']],
    ['average', [digits, digits]],
    ['export', ['--model', digits]],
    ['export', ['--weights', 'external', '--model', digits]],
  ])('fails %s, which leaves nothing there', (command, args) => {
    const place = join(temporaryFolder(), 'small');
    mkdirSync(place);
    const { status, stderr } = runThere(place, [command, ...args, '--out', join(place, 'out')]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).toMatch(/^.*\n\(.*errors#file explains\)\n$/);
  });

  test('fails where a file was, which stays', () => {
    const place = join(temporaryFolder(), 'small');
    mkdirSync(place);
    const fill = `mount -t tmpfs -o size=100k none ${place} && echo earlier > ${place}/f.npy
      head -c 90000 /dev/zero > ${place}/filler
      "$0" "$@"; cat ${place}/f.npy; ls -A ${place}`;
    const args = ['features', clip, '--model', digits, '--out', join(place, 'f.npy')];
    const { stdout, stderr } = spawnSync(unshare, [...flags, fill, process.execPath, stub, ...args], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(message);
    expect(stdout).toBe('earlier\nf.npy\nfiller\n');
  });
});
