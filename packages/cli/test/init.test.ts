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

  test('begins a model of the told sizes from nothing, the same for the same seed', async () => {
    const { labels, out } = places();
    const sizes = ['--set', 'embedDim=16', '--set', 'depth=2', '--set', 'heads=2', '--frames', '128'];
    const strides = ['--set', 'fstride=16', '--set', 'tstride=16'];
    const flags = ['--model-type', 'audio-spectrogram-transformer', '--labels', labels, ...sizes, ...strides];
    for (const place of [out, `${out}-again`]) {
      const { exitCode, stdout, stderr } = await audiozoo(['init', ...flags, '--seed', '5', '--out', place]);
      expect([exitCode, stdout, stderr]).toEqual([
        0,
        expect.stringContaining('From nothing: model audio-spectrogram-transformer'),
        expect.stringContaining('All of it is random'),
      ]);
    }
    expect(readJson(out, 'config.json')).toMatchObject({
      hidden_size: 16,
      num_hidden_layers: 2,
      max_length: 128,
      id2label: { 0: 'wren', 1: 'robin', 2: 'blackbird' },
    });
    const weights = (place: string) => readFileSync(join(place, 'model.safetensors'));
    expect(weights(`${out}-again`).equals(weights(out))).toBe(true);
    const { stdout } = await audiozoo(['classify', digitClip('7_seven'), '--model', out, '--json']);
    expect(JSON.parse(stdout)[0].labels).toHaveLength(3);
  });

  test('begins an EfficientAT from nothing, by its own settings as flags too', async () => {
    const { labels, out } = places();
    const flags = ['--model-type', 'efficientat', '--labels', labels, '--out', out];
    const sizes = ['--width', '0.1', '--mel-bins', '40', '--set', 'strides=2,2,2,1', '--frames', '300'];
    const { exitCode, stdout } = await audiozoo(['init', ...flags, ...sizes]);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('sampleRate 32000: as in mn10.')]);
    expect(readJson(out, 'config.json')).toMatchObject({
      ...{ variant: 'mn', width_multiplier: 0.1, n_mels: 40, strides: [2, 2, 2, 1], max_frames: 300 },
      id2label: { 0: 'wren', 1: 'robin', 2: 'blackbird' },
    });
    const classified = await audiozoo(['classify', digitClip('7_seven'), '--model', out, '--json']);
    expect(JSON.parse(classified.stdout)[0].labels).toHaveLength(3);
  });

  test('says what it needs to begin from nothing, and which models do not', async () => {
    const { labels, out } = places();
    const flags = ['init', '--labels', labels, '--out', out];
    const untold = await audiozoo(flags);
    expect([untold.exitCode, untold.stderr]).toEqual([
      2,
      expect.stringContaining('--model-type TYPE what begins from nothing'),
    ]);
    const other = await audiozoo([...flags, '--model-type', 'clap']);
    expect([other.exitCode, other.stderr]).toEqual([
      1,
      expect.stringContaining('clap does not begin from nothing'),
    ]);
    const { stdout } = await audiozoo(['init', '--help', '--model-type', 'audio-spectrogram-transformer']);
    expect(stdout).toMatch(/Begins from nothing[\s\S]*embedDim=<count>/);
  });

  test('needs labels, and says so', async () => {
    const { out } = places();
    const { exitCode, stderr } = await audiozoo(['init', '--from', digits, '--out', out]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--labels FILE.csv says what the new model is to tell apart.');
  });
});
