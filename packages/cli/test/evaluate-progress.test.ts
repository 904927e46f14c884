import { spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { audiozoo, digits, stub, temporaryFolder } from './audiozoo.js';
import {
  byName,
  clipFolder,
  clipNames,
  dataFile,
  deafModel,
  here,
  repeated,
  reportOf,
} from './evaluation.js';

describe('an interrupted evaluation', () => {
  const times = 12;
  const args = (data: string, more: readonly string[] = []) => [
    ...['evaluate', '--model', digits, '--data', data, ...here, '--json', '--threads', '1'],
    ...more,
  ];

  test('goes on where it stopped, even when it was killed in the middle of a record', async () => {
    const data = dataFile(byName(repeated(times)));
    const folder = join(data, '..');
    const [progress, scores] = [join(folder, 'run.progress'), join(folder, 'scores.npy')];
    const whole = await audiozoo(args(data, ['--scores', join(folder, 'whole.npy')]), { cwd: folder });
    expect(readdirSync(folder).sort()).toEqual(['eval.json', 'whole.npy']);

    const run = args(data, ['--progress', progress, '--scores', scores]);
    const { endedBy } = await interrupt(run, folder, 'SIGKILL');
    expect(endedBy).toBe('SIGKILL');
    const kept = linesIn(progress) - 1;
    expect(kept).toBeLessThan(30 * times);
    const [, record] = readFileSync(progress, 'utf8').split('\n');
    appendFileSync(progress, record!.slice(0, record!.length / 2));

    const resumed = await audiozoo(run);
    expect(resumed.exitCode).toBe(0);
    expect(resumed.stderr).toContain(`${kept} of ${30 * times} scores are in ${progress}`);
    expect(resumed.stdout).toBe(whole.stdout);
    expect(readFileSync(scores)).toEqual(readFileSync(join(folder, 'whole.npy')));
    expect(linesIn(progress)).toBe(1 + 30 * times); // each once
    expect(
      readFileSync(progress, 'utf8')
        .split('\n')
        .every((line) => line === '' || JSON.parse(line)),
    ).toBe(true);
  });

  test('keeps its scores at Ctrl-C, and the same command ends it', async () => {
    const data = dataFile(byName(repeated(times)));
    const cwd = join(data, '..');
    const { endedBy, stderr } = await interrupt(args(data), cwd, 'SIGINT');
    expect(endedBy).toBe(130);
    expect(stderr).toMatch(
      /\d+ of 360 scores are kept in audiozoo-evaluate-\w{12}\.progress: the same command/,
    );

    const { exitCode, stdout, stderr: again } = await audiozoo(args(data), { cwd });
    expect(exitCode).toBe(0);
    expect(again).toMatch(/\d+ of 360 scores are in audiozoo-evaluate-\w{12}\.progress/);
    expect(reportOf(stdout).clips).toBe(360);
    expect(readdirSync(cwd)).toEqual(['eval.json']);
  });

  test('hears a clip again whose record is damaged or whose file has changed', async () => {
    const folder = temporaryFolder();
    for (const name of clipNames) copyFileSync(join(clipFolder, name), join(folder, name));
    const data = join(folder, 'eval.json');
    writeFileSync(data, JSON.stringify({ data: byName(clipNames) }));
    const progress = join(folder, 'run.progress');
    const run = () =>
      audiozoo(['evaluate', '--model', digits, '--data', data, '--json', '--progress', progress]);
    const first = await run();
    const bytes = readFileSync(progress);
    bytes[bytes.lastIndexOf('","crc32"') - 3]! ^= 0x01; // a score of the last clip
    writeFileSync(progress, bytes);
    utimesSync(join(folder, clipNames[4]!), 1e9, 1e9);

    const second = await run();
    expect(second.stderr).toContain('28 of 30 scores are in ');
    expect(second.stdout).toBe(first.stdout);
    expect((await run()).stderr).toContain('30 of 30 scores are in ');
  });

  test('is not continued with another model, other clips or other settings', async () => {
    const data = dataFile(byName(clipNames.slice(0, 3)));
    const progress = join(data, '../run.progress');
    const run = (model: string, file: string, more: readonly string[] = []) =>
      audiozoo(['evaluate', '--model', model, '--data', file, ...here, '--progress', progress, ...more]);
    expect((await run(digits, data)).exitCode).toBe(0);
    const bytes = readFileSync(progress);
    for (const [part, result] of [
      ['models', await run(deafModel(-1), data)],
      ['clips', await run(digits, dataFile(byName(clipNames.slice(0, 4))))],
      ['settings', await run(digits, data, ['--channel', 'mean'])],
    ] as const) {
      expect(result.stderr).toMatch(new RegExp(`cannot be continued.*other ${part}\\. .*--progress`));
      expect([result.exitCode, result.stdout]).toEqual([1, '']);
    }
    expect(readFileSync(progress)).toEqual(bytes);
  });

  test('never overwrites a file that is something else', async () => {
    const data = dataFile(byName(clipNames.slice(0, 3)));
    const before = readFileSync(data);
    for (const path of [data, clipFolder]) {
      const { exitCode, stderr } = await audiozoo(args(data, ['--progress', path]));
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/holds no progress of an evaluation|cannot be opened/);
    }
    expect(readFileSync(data)).toEqual(before);
  });
});

/** Starts an evaluation, and sends a signal once some of its scores are on disk. */
async function interrupt(args: readonly string[], cwd: string, signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [stub, ...args], { cwd });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  let endedBy: number | NodeJS.Signals | null | undefined;
  const closed = new Promise<void>((resolve) =>
    child.on('close', (exitCode, killedBy) => {
      endedBy = killedBy ?? exitCode;
      resolve();
    }),
  );
  const linesOnDisk = () => {
    const name = readdirSync(cwd).find((file) => file.endsWith('.progress'));
    return name === undefined || !existsSync(join(cwd, name)) ? 0 : linesIn(join(cwd, name));
  };
  while (endedBy === undefined && linesOnDisk() < 20) await sleep(2);
  child.kill(signal);
  await closed;
  return { endedBy, stderr };
}

function linesIn(path: string): number {
  return readFileSync(path, 'utf8').split('\n').length - 1;
}
