import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

const readJson = (...path: string[]) =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, unknown>;

/** A folder with a label file, and where to write. */
function places() {
  const folder = temporaryFolder();
  const labels = join(folder, 'labels.csv');
  writeFileSync(labels, 'wren\nrobin\nblackbird\n');
  return { labels, out: join(folder, 'birds') };
}

describe('audiozoo init', () => {
  test('begins a model for new labels from a model directory, for another input', async () => {
    const { labels, out } = places();
    const flags = ['--labels', labels, '--set', 'frames=200', '--set', 'fstride=10', '--seed', '7'];
    const { exitCode, stdout, stderr } = await audiozoo(['init', '--from', digits, '--out', out, ...flags]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('tstride 16, melBins 128: as in the trained model.');
    expect(stderr).toContain('Its head is random');
    expect(readJson(out, 'config.json')).toMatchObject({
      max_length: 200,
      frequency_stride: 10,
      time_stride: 16,
      id2label: { 0: 'wren', 1: 'robin', 2: 'blackbird' },
    });

    const classified = await audiozoo(['classify', digitClip('7_seven'), '--model', out, '--json']);
    const [{ labels: found }] = JSON.parse(classified.stdout);
    expect(found).toHaveLength(3);
  });

  test('begins from an official checkpoint, the same for the same seed', async () => {
    const { labels, out } = places();
    const from = fixture('ast/test/fixtures/ast/commands_like_10_10_128.pth');
    for (const place of [out, `${out}-again`]) {
      const { exitCode, stdout } = await audiozoo([
        'init',
        '--from',
        from,
        '--labels',
        labels,
        '--out',
        place,
        '--seed',
        '3',
        '--json',
      ]);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ seed: 3, recognized: { naming: 'official AST' } });
    }
    const weights = (place: string) => readFileSync(join(place, 'model.safetensors'));
    expect(weights(`${out}-again`).equals(weights(out))).toBe(true);
  });

  test('needs labels, and says so', async () => {
    const { out } = places();
    const { exitCode, stderr } = await audiozoo(['init', '--from', digits, '--out', out]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--labels FILE.csv says what the new model is to tell apart.');
  });
});
