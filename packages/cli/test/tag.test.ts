// Large jobs on one machine: whatever stops them, the same command goes on, and ends with the same bytes.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import { audiozoo, digits, stub, temporaryFolder } from './audiozoo.js';

const kills = Number(process.env.AUDIOZOO_KILLS ?? 3);

/** Clips of a second or so, each with a name of its own. */
function clipFolder(folder: string, copies: number): string {
  const clips = join(folder, 'clips');
  mkdirSync(clips);
  for (const name of readdirSync(join(digits, 'clips'))) {
    for (let copy = 0; copy < copies; copy++) {
      copyFileSync(join(digits, 'clips', name), join(clips, `${copy}-${name}`));
    }
  }
  return clips;
}

const tag = (input: string, out: string, ...flags: string[]) => [
  ...['tag', input, '--model', digits, '--out', out, '--shard', '8'],
  ...flags,
];

/** All that a job has written, by name. */
function contents(out: string): Record<string, string> {
  const names = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    paths.map((path) => [path.slice(out.length + 1), readFileSync(path).toString('base64')]).sort(),
  );
}

test('tells what is heard, in shards that are not done twice', async () => {
  const folder = temporaryFolder();
  const [clips, out] = [clipFolder(folder, 2), join(folder, 'out')];
  writeFileSync(join(clips, 'broken.wav'), 'no sound');
  const { exitCode, stderr } = await audiozoo(tag(clips, out, '--top-k', '1'));
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(/^error: .*out: a sound could not be heard: failures\.jsonl says why$/m),
  ]);
  const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
  expect(summary).toMatchObject({ clips: 22, failed: 1, failedByCode: { audio: 1 }, superseded: 0 });
  expect(JSON.parse(readFileSync(join(out, 'failures.jsonl'), 'utf8'))).toMatchObject({
    id: join(clips, 'broken.wav'),
    code: 'audio',
  });
  const shards = readdirSync(join(out, 'shards'));
  expect(shards).toHaveLength(summary.shards);
  const lines = shards.flatMap((name) =>
    readFileSync(join(out, 'shards', name), 'utf8')
      .trimEnd()
      .split('\n'),
  );
  const told = lines.map((line) => JSON.parse(line)).filter(({ labels }) => labels);
  expect(told).toHaveLength(22);
  for (const { id, labels } of told.filter(({ id }) => /\d_/.test(id))) {
    expect(id).toContain(`_${labels[0].label}.wav`);
  }

  const before = contents(out);
  const again = await audiozoo(tag(clips, out, '--top-k', '1', '--json'));
  const end = JSON.parse(again.stdout.trimEnd().split('\n').at(-1)!);
  expect(end).toMatchObject({ at: 'end', clips: 0, clipsThere: 23, total: 23, summary });
  expect(contents(out)).toEqual(before);
});

test('notes a channel that is silent while another sounds in the line of each such clip, and says it once', async () => {
  const folder = temporaryFolder();
  const [clips, out] = [join(folder, 'clips'), join(folder, 'out')];
  mkdirSync(clips);
  const values = Array.from({ length: 32_000 }, (_, index) => (index % 2) * 9000 * Math.sin(index / 10));
  for (const name of ['a', 'b', 'c'])
    writeFileSync(join(clips, `${name}.wav`), wav16(values, { channels: 2 }));
  const { exitCode, stderr } = await audiozoo(tag(clips, out));
  expect(exitCode, stderr).toBe(0);
  expect(stderr.match(/^warning: .*$/gm)).toEqual([
    `warning: ${out}: 3 sounds have notes: their lines in shards say what may be wrong with them`,
  ]);
  expect(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'))).toMatchObject({ clips: 3, noted: 3 });
  const [shard] = readdirSync(join(out, 'shards'));
  const lines = readFileSync(join(out, 'shards', shard!), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line).note)).toEqual(
    ['a', 'b', 'c'].map((name) => expect.stringContaining(`${name}.wav is silent in channel 0`)),
  );
  const heard = await audiozoo(tag(clips, join(folder, 'second'), '--channel', '1'));
  expect(heard.stderr).not.toContain('warning');
});

test('refuses another setting in the same folder, and names it', async () => {
  const folder = temporaryFolder();
  const [clips, out] = [join(digits, 'clips'), join(folder, 'out')];
  await audiozoo(tag(clips, out));
  const { exitCode, stderr } = await audiozoo(tag(clips, out, '--hop', '1'));
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/holds results of another hop: .* got 1/)]);
});

test('does only the shards again that a new file changes, and sets those before aside', async () => {
  const folder = temporaryFolder();
  const [clips, out] = [clipFolder(folder, 4), join(folder, 'out')];
  await audiozoo(tag(clips, out));
  const before = contents(join(out, 'shards'));
  expect(Object.keys(before).length).toBeGreaterThan(3);
  copyFileSync(join(digits, 'clips/3_three.wav'), join(clips, '2-3_three-again.wav'));
  await audiozoo(tag(clips, out));
  const after = contents(join(out, 'shards'));
  const gone = Object.keys(before).filter((name) => !(name in after));
  expect(gone.length).toBeGreaterThan(0);
  // One or two, seldom three: where shards end hangs on names, and those of temporary folders are random.
  expect(gone.length).toBeLessThan(Object.keys(before).length);
  expect(readdirSync(join(out, 'superseded')).sort()).toEqual(gone.sort());
  const kept = Object.keys(before).filter((name) => name in after);
  for (const name of kept) expect(after[name]).toBe(before[name]);
  expect(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'))).toMatchObject({ clips: 45 });
});

describe('stopped', () => {
  const prepared = async () => {
    const folder = temporaryFolder();
    const clips = clipFolder(folder, 12);
    writeFileSync(join(clips, 'broken.wav'), 'no sound');
    const whole = join(folder, 'whole');
    const start = performance.now();
    await audiozoo(tag(clips, whole));
    return { folder, clips, whole: contents(whole), milliseconds: performance.now() - start };
  };

  test(
    'at any moment, also with other processes, it ends with the same bytes',
    async () => {
      const { folder, clips, whole, milliseconds } = await prepared();
      const out = join(folder, 'killed');
      for (let run = 0; run < kills; run++) {
        const flags = ['--concurrency', `${1 + (run % 2)}`];
        const child = spawn(process.execPath, [stub, ...tag(clips, out, ...flags)], { stdio: 'ignore' });
        const ended = once(child, 'exit');
        await Promise.race([ended, sleep((0.3 + 0.7 * (((run + 1) * 0.618) % 1)) * milliseconds)]);
        child.kill('SIGKILL');
        await ended;
      }
      const { exitCode } = await audiozoo(tag(clips, out, '--concurrency', '2'));
      expect(exitCode).toBe(1); // for the one that is broken
      expect(contents(out)).toEqual(whole);
    },
    120_000 + kills * 20_000,
  );

  test('by Ctrl-C, it says how to go on, and does', async () => {
    const { folder, clips, whole } = await prepared();
    const out = join(folder, 'interrupted');
    const looking = new AbortController();
    const { exitCode, stderr } = await audiozoo(tag(clips, out), {
      async onStart(kill) {
        const shards = join(out, 'shards');
        while (!(existsSync(shards) && readdirSync(shards).some((name) => /^\w+\.jsonl$/.test(name)))) {
          if (looking.signal.aborted) return;
          await sleep(5);
        }
        kill('SIGINT');
      },
    });
    looking.abort();
    expect([exitCode, stderr]).toEqual([
      130,
      expect.stringMatching(/^Stopped: .*interrupted keeps what is done, the same command goes on$/m),
    ]);
    expect(readdirSync(join(out, 'shards')).filter((name) => !/^\w+\.jsonl$/.test(name))).toEqual([]);
    await audiozoo(tag(clips, out));
    expect(contents(out)).toEqual(whole);
  });
});

/** What gives people a file system of their own, where the system lets them have it. */
const mounting = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'];
const [unshare, ...flags] = mounting as [string, ...string[]];
const canMount = spawnSync(unshare, [...flags, 'mount -t tmpfs none /mnt']).status === 0;

describe.skipIf(!canMount)('a disk that is full (needs `unshare --user --mount`)', () => {
  test('is called that, and no sound is blamed', () => {
    const folder = temporaryFolder();
    const place = join(folder, 'small');
    mkdirSync(place);
    const script = `mount -t tmpfs -o size=40k none ${place} && "$0" "$@"; code=$?; ls -AR ${place}; exit $code`;
    const args = [stub, ...tag(clipFolder(folder, 10), join(place, 'out'), '--embed')];
    const { status, stdout, stderr } = spawnSync(unshare, [...flags, script, process.execPath, ...args], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/cannot be written: the disk is full/)]);
    expect(stdout).not.toMatch(/partial|failures|summary/);
  });
});

test('tells Prometheus how far it is', async () => {
  const folder = temporaryFolder();
  const clips = join(folder, 'long');
  mkdirSync(clips);
  const second = Array.from({ length: 16_000 }, (_, index) => 3000 * Math.sin(index / 10));
  for (let clip = 0; clip < 40; clip++) writeFileSync(join(clips, `${clip}.wav`), wav16(second));
  let text = '';
  const { exitCode } = await audiozoo(tag(clips, join(folder, 'out'), '--metrics', '0'), {
    async onStderr(said) {
      const [, address] = /metrics at (http:\S+)/.exec(said) ?? [];
      while (address && !/audiozoo_clips_total [1-9]/.test(text)) {
        text = await fetch(address).then(
          (answer) => answer.text(),
          () => 'audiozoo_clips_total 1 was never told',
        );
      }
    },
  });
  expect(exitCode).toBe(0);
  for (const name of ['clips', 'failures', 'sound_seconds']) {
    expect(text).toMatch(new RegExp(`^# TYPE audiozoo_${name}_total counter$`, 'm'));
  }
  expect(text).toMatch(/^audiozoo_backlog_seconds \d/m);
});
