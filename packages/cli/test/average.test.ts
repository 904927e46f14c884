import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

const checkpoint = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.pth');
const other = fixture('ast/test/fixtures/ast/stride_16_16_legacy.pth');

describe('audiozoo average', () => {
  test('writes a file that convert reads', async () => {
    const folder = temporaryFolder();
    const [mean, out] = [join(folder, 'mean.safetensors'), join(folder, 'mean')];
    const averaged = await audiozoo(['average', checkpoint, checkpoint, '--out', mean]);
    expect(averaged.exitCode).toBe(0);
    expect(averaged.stdout).toContain(`Wrote ${mean}: the mean of 2`);

    const recipe = ['--set', 'fstride=16', '--set', 'tstride=16', '--set', 'frames=128'];
    const labels = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.labels.csv');
    const statistics = ['--set', 'mean=-7.336108', '--set', 'std=6.539323', '--labels', labels];
    const converted = await audiozoo(['convert', mean, '--out', out, ...recipe, ...statistics]);
    expect(converted.exitCode).toBe(0);
    const { stdout } = await audiozoo([
      'classify',
      digitClip('3_three'),
      '--model',
      out,
      '--json',
      '--top-k',
      '1',
    ]);
    expect(JSON.parse(stdout)[0].labels[0].label).toBe('three');
  });

  test('averages model directories', async () => {
    const out = join(temporaryFolder(), 'mean');
    const { exitCode, stdout } = await audiozoo(['average', digits, digits, '--out', out, '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ checkpoints: [digits, digits], out, parameters: 836_748 });
    const weights = (folder: string) => readFileSync(join(folder, 'model.safetensors'));
    expect(weights(out).equals(weights(digits))).toBe(true); // float16 and back is exact
  });

  test('lists what differs, and writes nothing', async () => {
    const out = join(temporaryFolder(), 'mean.safetensors');
    const { exitCode, stderr } = await audiozoo(['average', checkpoint, other, '--out', out]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: .*stride_16_16_legacy\.pth cannot be averaged with .*misshapen/);
    expect(existsSync(out)).toBe(false);
  });

  test('refuses directories whose labels differ', async () => {
    const folder = temporaryFolder();
    const renamed = join(folder, 'renamed');
    cpSync(digits, renamed, { recursive: true });
    const config = join(renamed, 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replaceAll('"seven"', '"sept"'));
    const { exitCode, stderr } = await audiozoo(['average', digits, renamed, '--out', join(folder, 'mean')]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('config.json differs in "id2label"');
  });

  test.each([
    ['one checkpoint', [checkpoint], 'two checkpoints or more'],
    ['a file and a directory', [checkpoint, digits], 'cannot be averaged with each other'],
  ])('takes no %s', async (_, checkpoints, message) => {
    const out = join(temporaryFolder(), 'mean');
    const { exitCode, stderr } = await audiozoo(['average', ...checkpoints, '--out', out]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
