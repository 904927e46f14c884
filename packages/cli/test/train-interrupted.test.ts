// Trainings that are stopped: by Ctrl-C, killed at any moment, on a disk that is full. The same command goes on, and ends with the
// same bits as one that nobody stopped. AUDIOZOO_KILLS kills more often.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audiozoo, type RunOptions, stub } from './audiozoo.js';
import { digitTable, training, weightsOf } from './training.js';

const kills = Number(process.env.AUDIOZOO_KILLS ?? 2);
const timeout = 60_000 + kills * 10_000;

const folder = mkdtempSync(join(tmpdir(), 'audiozoo-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const table = digitTable(folder);
const flags = {
  head: ['--trainable', 'head', '--epochs', '300', '--fold', '2'],
  'last:1': ['--trainable', 'last:1', '--epochs', '8', '--batch', '4', '--fold', '2'],
};
type Kind = keyof typeof flags;
const kinds = Object.keys(flags) as Kind[];
const command = (kind: Kind, out: string) => training(table, out, ...flags[kind]);

/** Of trainings that nobody stops. */
const whole = new Map<Kind, { readonly weights: string; readonly milliseconds: number }>();
beforeAll(async () => {
  for (const kind of kinds) {
    const start = performance.now();
    const out = join(folder, `whole-${kind}`);
    const { exitCode, stderr } = await audiozoo(command(kind, out));
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('epoch 8/')]);
    whole.set(kind, { weights: weightsOf(out), milliseconds: performance.now() - start });
  }
}, timeout);

/** Has a command get the signal of Ctrl-C as it says this: sent from here, it might come after the end on a busy machine. */
function interruptedAt(words: string): RunOptions {
  const script = `
    const write = process.stderr.write;
    process.stderr.write = function (text, ...rest) {
      if (String(text).includes(${JSON.stringify(words)})) process.kill(process.pid, 'SIGINT');
      return write.call(this, text, ...rest);
    };`;
  return { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` } };
}

test('stops after the step under way at Ctrl-C, says how to go on, and ends with the same bits', async () => {
  const out = join(folder, 'interrupted');
  const { exitCode, stderr } = await audiozoo(command('last:1', out), interruptedAt('epoch 3/'));
  expect([exitCode, stderr]).toEqual([
    130,
    expect.stringMatching(
      /Stopped after step \d of 2 in epoch \d+ of 8, which .*interrupted keeps: the same command goes on from there\n$/,
    ),
  ]);
  expect(readdirSync(out)).not.toContain('lock');
  const again = await audiozoo(command('last:1', out));
  expect([again.exitCode, again.stderr]).toEqual([
    0,
    expect.stringMatching(/^going on after epoch \d+(, step 1)?$/m),
  ]);
  expect(again.stderr).not.toContain('epoch 3/');
  expect(weightsOf(out)).toBe(whole.get('last:1')!.weights);
});

test('goes on with a cross-validation in the fold where it stopped', async () => {
  const crossing = (out: string) => training(table, join(folder, out), '--folds', '2', '--epochs', '10');
  const figures = (out: string) => {
    const text = readFileSync(join(folder, out, 'cross-validation.json'), 'utf8');
    return text.replaceAll(join(folder, out), 'OUT');
  };
  const models = (out: string) => [1, 2].map((fold) => weightsOf(join(folder, out, `fold-${fold}`)));
  await audiozoo(crossing('folds'));
  const { exitCode } = await audiozoo(crossing('stopped-folds'), interruptedAt('fold 2, epoch 2/'));
  expect([exitCode, existsSync(join(folder, 'stopped-folds/cross-validation.json'))]).toEqual([130, false]);
  const again = await audiozoo(crossing('stopped-folds'));
  expect(again.exitCode).toBe(0);
  expect(again.stderr).not.toMatch(/fold 1, epoch|fold 2, epoch 1\//);
  expect(figures('stopped-folds')).toBe(figures('folds'));
  expect(models('stopped-folds')).toEqual(models('folds'));
});

/** Runs a command for so long at most; returns whether it came to its end. */
async function killAfter(milliseconds: number, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [stub, ...args], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await Promise.race([ended, sleep(milliseconds)]);
  child.kill('SIGKILL');
  return (await ended)[0] === 0;
}

test.each(kinds)(
  '%s, killed again and again, goes on and ends with the same bits',
  async (kind) => {
    const { weights, milliseconds } = whole.get(kind)!;
    let trainings = 0;
    const place = () => join(folder, `${kind}-${trainings}`);
    for (let run = 0; run < kills; run++) {
      const moment = ((run + 1) * 0.618) % 1; // all over the time that it takes
      const isDone = await killAfter(moment * milliseconds, command(kind, place()));
      if (!isDone) continue;
      expect(weightsOf(place())).toBe(weights);
      trainings++;
    }
    const { exitCode, stderr } = await audiozoo(command(kind, place()));
    expect([exitCode, stderr.match(/error.*/)]).toEqual([0, null]);
    expect(weightsOf(place())).toBe(weights);
    expect(readdirSync(place()).filter((name) => /partial|lock|^training\.s/.test(name))).toEqual([]);
  },
  timeout,
);

/** What gives people a file system of their own, where the system lets them have it. */
const mounting = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'];
const [unshare, ...mountFlags] = mounting as [string, ...string[]];
const canMount = spawnSync(unshare, [...mountFlags, 'mount -t tmpfs none /mnt']).status === 0;

describe.skipIf(!canMount)('a file system of 12 MB (needs `unshare --user --mount`)', () => {
  test(
    'pauses a training when it is full, says how to go on, and loses nothing',
    () => {
      const place = join(folder, 'small');
      const out = join(place, 'out');
      const copy = join(folder, 'from-small');
      mkdirSync(place);
      // Interrupted once its state is there; then the disk fills; then there is room again.
      const script = `mount -t tmpfs -o size=12m none ${place} || exit 9
        "$0" "$@" 2> ${place}/said & pid=$!
        until grep -q "epoch 3/" ${place}/said; do sleep 0.05; done
        kill -INT $pid; wait $pid; echo "interrupted $?" >&2
        head -c 20000000 /dev/zero > ${place}/filler
        "$0" "$@"; echo "full $?" >&2
        rm ${place}/filler
        "$0" "$@" && cp -r ${out} ${copy}`;
      const args = [process.execPath, stub, ...command('last:1', out)];
      const { status, stderr } = spawnSync(unshare, [...mountFlags, script, ...args], { encoding: 'utf8' });
      expect(stderr).toMatch(/^interrupted 130$/m);
      expect(stderr).toMatch(
        /keeps how far it was: the same command goes on from there\nerror: .* cannot be written: the disk is full: got Error: ENOSPC.* Free space.*\n\(\S+ explains\)\nfull 1$/m,
      );
      expect([status, existsSync(copy)]).toEqual([0, true]);
      expect(stderr.split('full 1').at(-1)).toMatch(/going on after epoch \d+/);
      expect(weightsOf(copy)).toBe(whole.get('last:1')!.weights);
    },
    timeout,
  );
});
