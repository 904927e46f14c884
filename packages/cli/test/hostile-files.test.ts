// What strangers' files do to the command: nothing that a second and a little memory cannot hold, nothing that Ctrl-C
// cannot end, and no line of output that the command did not write.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hostileCheckpoints } from '../../../testing/hostile/checkpoints.js';
import { audiozoo, digitClip, digits, temporaryFolder } from './audiozoo.js';

const mostCharacters = 1000;
/** Of JavaScript's memory; what a file holds itself lies beside it. */
const scarce = { env: { NODE_OPTIONS: '--max-old-space-size=300' } };

function hostile(name: string): string {
  const path = join(temporaryFolder(), 'hostile.pth');
  writeFileSync(path, hostileCheckpoints.find((file) => file.name === name)!.make());
  return path;
}

/** The bundled model with other names for its classes. */
function modelWithLabels(names: readonly string[]): string {
  const folder = join(temporaryFolder(), 'model');
  mkdirSync(folder);
  for (const file of ['preprocessor_config.json', 'model.safetensors']) {
    copyFileSync(join(digits, file), join(folder, file));
  }
  const config = JSON.parse(readFileSync(join(digits, 'config.json'), 'utf8')) as Record<string, unknown>;
  const labels = Object.keys(config.id2label as object).map(
    (index) => names[Number(index)] ?? `label ${index}`,
  );
  const changed = { ...config, id2label: Object.fromEntries(labels.entries()), label2id: undefined };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(changed));
  return folder;
}

describe('a file that is dear to read', () => {
  test.each([
    'one tensor a million times in a list',
    'words only',
    'a dict of half a million entries',
    'a million entries',
  ])('is inspected in little memory: %s', async (name) => {
    const { exitCode, stdout, stderr } = await audiozoo(['inspect', hostile(name)], scarce);
    expect([0, 1]).toContain(exitCode);
    expect(stdout.length + stderr.length).toBeLessThan(mostCharacters);
    expect(stderr).toMatch(exitCode === 0 ? /^$/ : /^error: .*\n\(.* explains\)\n$/);
  });

  test.each(['inspect', 'convert'])('does not keep Ctrl-C from %s', async (command) => {
    const plugin = join(temporaryFolder(), 'telling.mjs');
    // Plug-ins are loaded right before the file is read.
    writeFileSync(plugin, "console.error('reading'); export const models = [{ type: 'none', build() {} }];");
    const path = hostile('numbers only');
    const flags = command === 'convert' ? ['--out', join(temporaryFolder(), 'out')] : [];
    let told = 0;
    const { exitCode, stdout } = await audiozoo([command, path, ...flags, '--plugin', plugin], {
      onStderr(text, kill) {
        if (told > 0 || !text.includes('reading')) return;
        told = performance.now();
        kill('SIGINT');
      },
    });
    expect(performance.now() - told).toBeLessThan(2000);
    expect([exitCode, stdout]).toEqual([130, '']);
  });

  test('is refused as a label file when it holds more than labels', async () => {
    const labels = join(temporaryFolder(), 'labels.csv');
    const checkpoint = join(import.meta.dirname, '../../tasks/test/fixtures/spoken-digits/spoken-digits.pth');
    const args = ['convert', checkpoint, '--out', join(temporaryFolder(), 'out'), '--labels', labels];
    for (const [text, why] of [
      ['a\n'.repeat(8e6), /no label file: expected a file of at most 4000000 bytes, got 16000000/],
      ['a\n'.repeat(2e6), /more than 100000 records/],
      [','.repeat(4e6), /more than 100 values/],
    ] as const) {
      writeFileSync(labels, text);
      const { exitCode, stderr } = await audiozoo(args, scarce);
      expect(stderr).toMatch(why);
      expect(stderr.length).toBeLessThan(mostCharacters);
      expect(exitCode).toBe(1);
    }
  });

  test.each([
    [
      'labels beyond counting',
      `{"data":[{"wav":"a.wav","labels":"${'x,'.repeat(1e6)}"}]}`,
      /entry 0 is too long/,
    ],
    [
      'labels that no class has',
      `{"data":[{"wav":"a.wav","labels":"${'x,'.repeat(9000)}"}]}`,
      /no class is "x"/,
    ],
    ['lists in lists', `{"data":[${'['.repeat(2e6)}`, /too deep/],
    ['entries without end', `{"data":[${'{"wav":"a.wav","labels":"zero"},'.repeat(1e5)}`, /not valid JSON/],
  ])('is refused as a data file with %s', async (_title, text, why) => {
    const data = join(temporaryFolder(), 'data.json');
    writeFileSync(data, text);
    const { exitCode, stderr } = await audiozoo(['evaluate', '--model', digits, '--data', data], scarce);
    expect(stderr).toMatch(why);
    expect(stderr.length).toBeLessThan(mostCharacters);
    expect(exitCode).toBe(1);
  });
});

describe('labels that would leave their line', () => {
  const forged = 'seven\n  99.9 %  eight\r\u001b[2Kx\u202eenin\u2028nine\t--> "q",';
  const forgingModel = () => modelWithLabels(Array.from({ length: 12 }, (_, index) => `${forged} ${index}`));
  const clip = digitClip('7_seven');
  const events = (...flags: string[]) =>
    audiozoo(['events', clip, '--model', forgingModel(), '--on', '0.1', ...flags]);
  const isPlain = (text: string) => !/(?!\n|\t)[\p{Cc}\p{Bidi_Control}\u2028]/u.test(text);

  test('stay on it where people read', async () => {
    const { stdout } = await audiozoo(['classify', clip, '--model', forgingModel(), '--top-k', '3']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(4);
    expect(stdout).toContain(String.raw`seven\n  99.9 %  eight\r\u001b[2Kx\u202eenin\u2028nine\t--> "q",`);
    const text = (await events()).stdout;
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^ +\d+\.\d\d – +\d+\.\d\d s .* \d+$/);
    expect(isPlain(stdout + text)).toBe(true);
  });

  test('come whole in JSON and CSV', async () => {
    const { stdout } = await audiozoo(['classify', clip, '--model', forgingModel(), '--json']);
    const [{ labels }] = JSON.parse(stdout) as [{ labels: { label: string; index: number }[] }];
    for (const { label, index } of labels) expect(label).toBe(`${forged} ${index}`);
    expect(isPlain(stdout)).toBe(true);
    const found = JSON.parse((await events('--json')).stdout) as { label: string; index: number }[];
    expect(found.length).toBeGreaterThan(0);
    for (const { label, index } of found) expect(label).toBe(`${forged} ${index}`);

    const file = join(temporaryFolder(), 'events.csv');
    await events('--csv', '--out', file);
    expect(readFileSync(file, 'utf8')).toContain(`,"${forged.replaceAll('"', '""')} `);
  });

  test('make no label and no cue of their own', async () => {
    const track = (await events('--audacity')).stdout.trimEnd().split('\n');
    for (const line of track) expect(line).toMatch(/^\d+\.\d{3}\t\d+\.\d{3}\t[^\t]+ \d+$/);
    const { stdout } = await events('--webvtt');
    expect(stdout.match(/^.*-->.*$/gm)).toEqual(stdout.match(/^[\d:.]+ --> [\d:.]+$/gm));
    expect(isPlain(stdout)).toBe(true);
  });

  test('cannot forge a line of an error', async () => {
    const labels = join(temporaryFolder(), 'labels.csv');
    writeFileSync(labels, '0,"a\nwarning: b"\n0,c\n');
    const checkpoint = join(import.meta.dirname, '../../tasks/test/fixtures/spoken-digits/spoken-digits.pth');
    const out = join(temporaryFolder(), 'out');
    const { stderr } = await audiozoo(['convert', checkpoint, '--out', out, '--labels', labels]);
    expect(stderr).toMatch(/^error: .*a\\nwarning: b and c.*\n\(.* explains\)\n$/);
  });
});
