// Compressed sound, where there is no ffmpeg.

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

const model = ['--model', digits];
const env = { PATH: '/nowhere' };
const seven = (ending: string) => fixture(`codecs/test/fixtures/seven.${ending}`);
const endings = ['mp3', 'flac', 'ogg', 'opus', 'webm', 'mkv', 'mp4'];

describe('without ffmpeg', () => {
  test('classify hears it', async () => {
    const files = endings.map(seven);
    const { exitCode, stdout, stderr } = await audiozoo(['classify', ...files, ...model, '--json'], { env });
    expect(exitCode, stderr).toBe(0);
    const entries = JSON.parse(stdout) as { labels: { label: string }[] }[];
    expect(entries.map(({ labels }) => labels[0]!.label)).toEqual(endings.map(() => 'seven'));
    expect(stderr).not.toMatch(/warning|error/);
  });

  test('classify hears it on standard input', async () => {
    const input = readFileSync(seven('mp3'));
    const { stdout } = await audiozoo(['classify', '-', ...model, '--top-k', '1'], { env, input });
    expect(stdout).toContain('seven');
  });

  test('events finds it', async () => {
    const { exitCode, stdout } = await audiozoo(['events', seven('ogg'), ...model, '--json'], { env });
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as { label: string }[]).map(({ label }) => label)).toContain('seven');
  });

  test('features are those of WAV, bit for bit, when nothing was lost', async () => {
    const folder = temporaryFolder();
    const written: ArrayLike<number>[] = [];
    for (const [index, file] of [digitClip('7_seven'), seven('flac')].entries()) {
      const out = join(folder, `${index}.npy`);
      const { exitCode } = await audiozoo(['features', file, '--out', out], { env });
      expect(exitCode).toBe(0);
      written.push(readNpy(readFileSync(out)).data as Float32Array);
    }
    expect(written[1]).toEqual(written[0]);
  });

  test('evaluate judges it', async () => {
    const folder = temporaryFolder();
    copyFileSync(seven('mp3'), join(folder, 'seven.mp3'));
    const list = join(folder, 'list.json');
    writeFileSync(list, JSON.stringify({ data: [{ wav: 'seven.mp3', labels: '/m/digit07' }] }));
    const { exitCode, stdout, stderr } = await audiozoo(['evaluate', ...model, '--data', list, '--json'], {
      env,
      cwd: folder,
    });
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ clips: 1 });
  });

  test('warns of a file that ends too early, with its name, and hears what is there', async () => {
    const file = join(temporaryFolder(), 'cut.mp3');
    const bytes = readFileSync(seven('mp3'));
    writeFileSync(file, bytes.subarray(0, 0.9 * bytes.length));
    const { exitCode, stdout, stderr } = await audiozoo(['classify', file, ...model, '--json'], { env });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect(stderr).toMatch(/^warning: .*cut\.mp3 ends too early: what is there was decoded\.$/m);
  });

  test('says that AAC needs ffmpeg', async () => {
    const aac = fixture('codecs/test/fixtures/mono-aac.mp4');
    const { exitCode, stderr } = await audiozoo(['classify', aac, ...model], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('needs ffmpeg');
  });
});

describe('--help', () => {
  test('says what is read', async () => {
    const { stdout } = await audiozoo(['classify', '--help']);
    expect(stdout).toContain('WAV, MP3, FLAC, Ogg, Opus, WebM');
    expect(stdout).toContain('--decoder <name>');
  });
});
