import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { audiozoo, digitClip, fixture, temporaryFolder } from './audiozoo.js';

const checkpoint = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.pth');
const labels = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.labels.csv');
const geometry = ['--fstride', '16', '--tstride', '16', '--frames', '128'];
const recipe = [
  ...geometry,
  ...['--mel-bins', '128', '--heads', '2', '--labels', labels, '--mean', '-7.336108', '--std', '6.539323'],
  ...['--problem-type', 'multi_label_classification'],
];
const convert = (out: string, ...flags: string[]) =>
  audiozoo(['convert', checkpoint, '--out', out, ...flags]);
const readJson = (...path: string[]) =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, unknown>;

describe('audiozoo convert', () => {
  it('writes a model directory that classifies', async () => {
    const out = join(temporaryFolder(), 'new', 'digits');
    const { exitCode, stdout } = await convert(out, ...recipe);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Wrote ${out}: 836,748 parameters as float32`);
    expect(readdirSync(out).sort()).toEqual(['config.json', 'model.safetensors', 'preprocessor_config.json']);

    const classified = await audiozoo([
      'classify',
      digitClip('3_three'),
      '--model',
      out,
      '--json',
      '--top-k',
      '1',
    ]);
    const [{ labels: found }] = JSON.parse(classified.stdout);
    expect(found).toEqual([{ label: 'three', mid: '/m/digit03', index: 3, score: expect.any(Number) }]);
  });

  it('writes what the flags say into the configs', async () => {
    const out = join(temporaryFolder(), 'digits');
    const flags = ['--labels', labels, '--mean', '1.5', '--std', '2.5', '--heads', '4', '--dtype', 'float16'];
    await convert(out, ...geometry, ...flags, '--problem-type', 'single_label_classification');
    expect(readJson(out, 'config.json')).toMatchObject({
      frequency_stride: 16,
      time_stride: 16,
      max_length: 128,
      num_mel_bins: 128,
      num_attention_heads: 4,
      problem_type: 'single_label_classification',
      id2label: { 0: 'zero', 11: 'silence' },
    });
    expect(readJson(out, 'preprocessor_config.json')).toMatchObject({ mean: 1.5, std: 2.5 });
    const { stdout } = await audiozoo(['inspect', out, '--json']);
    const dtypes = (JSON.parse(stdout).tensors as { dtype: string }[]).map(({ dtype }) => dtype);
    expect(new Set(dtypes)).toEqual(new Set(['float16']));
  });

  it('prints each assumption', async () => {
    const { stdout } = await convert(join(temporaryFolder(), 'digits'), ...geometry);
    for (const assumption of [
      /melBins 128/,
      /2 attention heads/,
      /mean -4\.26.* std 4\.56/,
      /LABEL_0 to LABEL_11/,
      /single_label/,
    ]) {
      expect(stdout).toMatch(assumption);
    }
  });

  it('says it all as JSON', async () => {
    const out = join(temporaryFolder(), 'digits');
    const { exitCode, stdout } = await convert(out, ...recipe, '--dtype', 'float32', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      checkpoint,
      out,
      dtype: 'float32',
      parameters: 836748,
      assumptions: [],
    });
  });

  it('takes a Hugging Face directory with pytorch_model.bin', async () => {
    const out = join(temporaryFolder(), 'converted');
    const { exitCode } = await audiozoo([
      'convert',
      fixture('ast/test/fixtures/hugging-face/bin'),
      '--out',
      out,
    ]);
    expect(exitCode).toBe(0);
    expect(existsSync(join(out, 'model.safetensors'))).toBe(true);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['names the flags that are needed', [], /--fstride, --tstride, --frames/],
    [
      'refuses a geometry that does not fit',
      ['--fstride', '10', '--tstride', '10', '--frames', '128'],
      /66 tokens/,
    ],
    [
      'refuses a label file that is not there',
      [...geometry, '--labels', 'none.csv'],
      /none\.csv is no label file/,
    ],
    ['refuses heads that do not divide', [...geometry, '--heads', '3'], /--heads/],
  ])('%s, and leaves nothing behind', async (_title, flags, message) => {
    const folder = temporaryFolder();
    const { exitCode, stdout, stderr } = await convert(join(folder, 'digits'), ...flags);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a damaged checkpoint, and leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const damaged = join(folder, 'damaged.pth');
    const bytes = readFileSync(checkpoint);
    bytes[bytes.length >> 1]! ^= 1; // inside the weights: only a checksum can tell
    writeFileSync(damaged, bytes);
    const { exitCode, stderr } = await audiozoo([
      'convert',
      damaged,
      '--out',
      join(folder, 'digits'),
      ...geometry,
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/checksum/);
    expect(readdirSync(folder)).toEqual(['damaged.pth']);
  });

  it('never writes over what is there', async () => {
    const out = join(temporaryFolder(), 'digits');
    mkdirSync(out);
    writeFileSync(join(out, 'config.json'), 'mine');
    const { exitCode, stderr } = await convert(out, ...geometry);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('already there');
    expect(readFileSync(join(out, 'config.json'), 'utf8')).toBe('mine');
  });
});
