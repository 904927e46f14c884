import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { audiozoo, customBackend, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

/** Sums of float32 maps in other orders. */
const mapTolerance = 1e-5;

const clip = digitClip('7_seven');
const attention = (out: string, ...flags: string[]) =>
  audiozoo(['attention', clip, '--model', digits, '--out', out, ...flags]);

describe('audiozoo attention', () => {
  test('draws a spectrogram and the attention over it', async () => {
    const out = join(temporaryFolder(), 'seven.png');
    const { exitCode, stdout, stderr } = await attention(out);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(stderr).toContain(`${out}: attention, rolled out through all layers: 94 % on the sound`);

    const { width, height, data, channels } = decode(readFileSync(out));
    expect([width, height]).toEqual([2360, 1400]); // two pixels for each of the drawing
    const at = (x: number, y: number) => [
      ...data.subarray((2 * y * width + 2 * x) * channels).subarray(0, 3),
    ];
    const saturation = (x: number, y: number) => Math.max(...at(x, y)) - Math.min(...at(x, y));
    const mean = (left: number, right: number, y: number) => {
      let sum = 0;
      for (let x = left; x < right; x++) sum += saturation(x, y);
      return sum / (right - left);
    };
    expect(at(2, 2)).toEqual([255, 255, 255]);
    expect(mean(100, 600, 200)).toBeGreaterThan(60); // sound in color
    expect(mean(100, 400, 630)).toBeGreaterThan(mean(100, 400, 410) + 30); // attention lies low in this clip
  });

  test('writes SVG where the file is to be called so', async () => {
    const out = join(temporaryFolder(), 'seven.svg');
    expect((await attention(out)).exitCode).toBe(0);
    const svg = readFileSync(out, 'utf8');
    expect(svg).toMatch(/^<svg xmlns=.*<\/svg>$/s);
    expect(svg).toContain('seven 99 %');
  });

  test('gives the map as JSON, of all layers, of one, or of one head', async () => {
    const map = async (...flags: string[]) => {
      const { exitCode, stdout } = await attention(join(temporaryFolder(), 'a.png'), '--json', ...flags);
      expect(exitCode).toBe(0);
      return JSON.parse(stdout) as { map: string; onSound: number; labels: object[]; grid: number[][] };
    };
    const rollout = await map();
    expect(rollout).toMatchObject({
      map: 'rolled out through all layers',
      labels: [{ label: 'seven' }, {}, {}, {}],
    });
    expect(rollout.grid.map(({ length }) => length)).toEqual(Array(8).fill(8));
    expect(rollout.onSound).toBeGreaterThan(0.9);

    const [layer, first, second] = await Promise.all([
      map('--layer', '3'),
      map('--layer', '3', '--head', '0'),
      map('--layer', '3', '--head', '1'),
    ]);
    layer.grid.flat().forEach((value, index) => {
      const mean = (first.grid.flat()[index]! + second.grid.flat()[index]!) / 2;
      expect(Math.abs(value - mean)).toBeLessThan(mapTolerance);
    });
    expect(first.grid).not.toEqual(second.grid);
  });

  test('draws a part of a recording, and runs on a plug-in’s backend', async () => {
    const out = join(temporaryFolder(), 'part.png');
    const flags = [
      '--start',
      '0.1',
      '--duration',
      '0.4',
      '--plugin',
      customBackend,
      '--device',
      'plain-loops',
    ];
    expect((await attention(out, ...flags)).exitCode).toBe(0);
    expect(decode(readFileSync(out)).width).toBe(2360);
  });

  test('draws a model without labels', async () => {
    const out = join(temporaryFolder(), 'none.svg');
    const model = fixture('ast/test/fixtures/transformers-5/base');
    const sound = fixture('ast/test/fixtures/hugging-face/clip.wav');
    const { exitCode, stdout } = await audiozoo([
      'attention',
      sound,
      '--model',
      model,
      '--out',
      out,
      '--json',
    ]);
    expect([exitCode, JSON.parse(stdout).labels]).toEqual([0, []]);
    expect(readFileSync(out, 'utf8')).toContain('rolled out through all layers');
  });

  test('refuses a model that does not say what it attends to', async () => {
    const example = (name: string) =>
      fileURLToPath(new URL(`../../../examples/custom-model/${name}`, import.meta.url));
    const flags = ['--model', example('model'), '--plugin', example('mel-mixer.js')];
    const out = join(temporaryFolder(), 'none.png');
    const { exitCode, stderr } = await audiozoo(['attention', clip, ...flags, '--out', out]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('mel-mixer shows no attention')]);
  });

  test.each([
    [['--layer', '4'], '--layer 4: the model has layers 0 to 3.'],
    [['--layer', '0', '--head', '2'], '--head 2: the model has heads 0 to 1.'],
    [['--head', '0'], '--head needs --layer'],
  ])('refuses %j', async (flags, message) => {
    const out = join(temporaryFolder(), 'none.png');
    const { exitCode, stderr } = await attention(out, ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(existsSync(out)).toBe(false);
  });
});
