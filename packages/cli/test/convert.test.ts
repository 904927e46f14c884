import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stateDictArchive } from '../../converters/test/torch-archive.js';
import { audiozoo, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

const checkpoint = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.pth');
const labels = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.labels.csv');
const geometry = ['--set', 'fstride=16', '--set', 'tstride=16', '--set', 'frames=128'];
const recipe = [
  ...geometry,
  ...[
    '--set',
    'melBins=128',
    '--set',
    'heads=2',
    '--labels',
    labels,
    '--set',
    'mean=-7.336108',
    '--set',
    'std=6.539323',
  ],
  ...['--problem-type', 'multi_label_classification'],
];
const convert = (out: string, ...flags: string[]) =>
  audiozoo(['convert', checkpoint, '--out', out, ...flags]);
const readJson = (...path: string[]) =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, unknown>;

describe('audiozoo convert', () => {
  test('writes a model directory that classifies', async () => {
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

  test('writes what the flags say into the configs', async () => {
    const out = join(temporaryFolder(), 'digits');
    const flags = [
      '--labels',
      labels,
      '--set',
      'mean=1.5',
      '--set',
      'std=2.5',
      '--set',
      'heads=4',
      '--dtype',
      'float16',
    ];
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

  test('takes a setting by a flag of its own, as by --set, and refuses another kind of value', async () => {
    const [out, flagged] = [join(temporaryFolder(), 'set'), join(temporaryFolder(), 'flagged')];
    await convert(out, ...geometry, '--set', 'melBins=128');
    await convert(flagged, '--fstride', '16', '--tstride', '16', '--frames', '128', '--mel-bins', '128');
    expect(readJson(flagged, 'config.json')).toEqual(readJson(out, 'config.json'));
    const wrong = await audiozoo(['convert', checkpoint, '--out', out, '--fstride', 'wide']);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('whole number from 1')]);
    const { stdout } = await audiozoo(['convert', '--help']);
    expect(stdout).toMatch(/Settings of audio-spectrogram-transformer:\n {2}--fstride <count>/);
  });

  test('lists the settings of a kind of model that its help is asked about, a plug-in’s too', async () => {
    const asked = (type: string, ...flags: string[]) =>
      audiozoo(['convert', '--help', '--model-type', type, ...flags]);
    const ours = await asked('audio-spectrogram-transformer');
    expect([ours.exitCode, ours.stdout]).toEqual([0, expect.stringMatching(/tstride=<count> +stride of/)]);
    const plugin = join(temporaryFolder(), 'plugin.mjs');
    const settings = { wide: { kind: 'boolean', help: 'whether it is' } };
    writeFileSync(
      plugin,
      `const build = () => {};
       export default { type: 'cnn', build, foreignCheckpoint: { settings: ${JSON.stringify(settings)} } };`,
    );
    const theirs = await asked('cnn', '--plugin', plugin);
    expect(theirs.stdout).toMatch(/cnn:\nSettings, for --set:\n {2}wide=<boolean> +whether it is/);
    expect(theirs.stdout).not.toContain('tstride=<count>');
    const nobodys = await asked('rnn');
    expect([nobodys.exitCode, nobodys.stderr]).toEqual([1, expect.stringContaining('got "rnn"')]);
  });

  test('prints each assumption', async () => {
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

  test('says it all as JSON', async () => {
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

  test('takes a Hugging Face directory with pytorch_model.bin', async () => {
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

  test.each<[string, readonly string[], RegExp]>([
    ['names the flags that are needed', [], /--set fstride=…, --set tstride=…, --set frames=…/],
    [
      'refuses a geometry that does not fit',
      ['--set', 'fstride=10', '--set', 'tstride=10', '--set', 'frames=128'],
      /66 tokens/,
    ],
    [
      'refuses a label file that is not there',
      [...geometry, '--labels', 'none.csv'],
      /none\.csv is not there/,
    ],
    ['refuses heads that do not divide', [...geometry, '--set', 'heads=3'], /--set heads=…/],
    [
      'refuses a setting that there is not',
      [...geometry, '--set', 'head=3'],
      /no setting "head".*Did you mean `heads`/,
    ],
    [
      'refuses a setting of another kind',
      [...geometry, '--set', 'heads=two'],
      /heads.*a whole number from 1, got "two"/,
    ],
  ])('%s, and leaves nothing behind', async (_title, flags, message) => {
    const folder = temporaryFolder();
    const { exitCode, stdout, stderr } = await convert(join(folder, 'digits'), ...flags);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('refuses a damaged checkpoint, and leaves nothing behind', async () => {
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

  test('never writes over what is there', async () => {
    const out = join(temporaryFolder(), 'digits');
    mkdirSync(out);
    writeFileSync(join(out, 'config.json'), 'mine');
    const { exitCode, stderr } = await convert(out, ...geometry);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('already there');
    expect(readFileSync(join(out, 'config.json'), 'utf8')).toBe('mine');
  });

  test('takes the weights that --key says, and lists the keys where it has to be said', async () => {
    const folder = temporaryFolder();
    const [both, out] = [join(folder, 'both.pth'), join(folder, 'digits')];
    writeFileSync(both, twoSets());
    const untold = await audiozoo(['convert', both, '--out', out, ...tiny]);
    expect([untold.exitCode, untold.stdout]).toEqual([1, '']);
    expect(untold.stderr).toMatch(/several sets of weights that fit.*"student", "teacher\.net".*--key/);
    const wrong = await audiozoo(['convert', both, '--out', out, ...tiny, '--key', 'best']);
    expect(wrong.stderr).toMatch(/under the key "best"/);
    expect(readdirSync(folder)).toEqual(['both.pth']);

    const told = await audiozoo(['convert', both, '--out', out, ...tiny, '--key', 'teacher']);
    expect(told.exitCode).toBe(0);
    expect(told.stdout).toContain('key teacher.net');
    expect(told.stdout).toContain('not the others under "student"');
  });

  test('shows the keys in inspect', async () => {
    const both = join(temporaryFolder(), 'both.pth');
    writeFileSync(both, twoSets());
    const { stdout } = await audiozoo(['inspect', both]);
    expect(stdout).toMatch(
      /several that fit\n {2}--key "student": .*official AST.*\n {2}--key "teacher\.net": /,
    );
    const json = JSON.parse((await audiozoo(['inspect', both, '--json'])).stdout);
    expect(json).toMatchObject({ recognized: null, choices: [{ key: 'student' }, { key: 'teacher.net' }] });
  });

  test('takes a state dict with --config, the file or its folder', async () => {
    const whole = fixture('ast/test/fixtures/hugging-face/whole');
    const stateDict = fixture('ast/test/fixtures/transformers-5/state_dict.pth');
    const clip = fixture('ast/test/fixtures/hugging-face/clip.wav');
    const classify = async (model: string) =>
      (await audiozoo(['classify', clip, '--model', model, '--json', '--threads', '1'])).stdout;
    const scores = (json: string) =>
      (JSON.parse(json)[0].labels as { label: string; score: number }[]).map(
        ({ label, score }) => `${label} ${score.toFixed(4)}`,
      );
    const expected = scores(await classify(whole));
    for (const config of [join(whole, 'config.json'), whole]) {
      const out = join(temporaryFolder(), 'model');
      const { exitCode } = await audiozoo(['convert', stateDict, '--config', config, '--out', out]);
      expect(exitCode).toBe(0);
      expect(scores(await classify(out))).toEqual(expected);
    }
    const folder = temporaryFolder();
    const without = await audiozoo(['convert', stateDict, '--out', join(folder, 'model')]);
    expect(without.stderr).toMatch(/--config/);
    const nowhere = await audiozoo([
      ...['convert', stateDict, '--out', join(folder, 'model')],
      ...['--config', join(folder, 'none', 'config.json')],
    ]);
    expect(nowhere.stderr).toMatch(/none\/config\.json holds no config/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves further tensors out, unless it is to be strict', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'more.pth');
    const loss = { 'loss.scale': { shape: [1], data: Float32Array.of(1) } };
    writeFileSync(path, stateDictArchive({ ...tinyWeights('net.'), ...loss }));
    const out = join(folder, 'model');
    const strict = await audiozoo(['convert', path, '--out', out, ...tiny, '--strict']);
    expect(strict.exitCode).toBe(1);
    expect(strict.stderr).toMatch(/1 unexpected: "loss\.scale"/);
    const lenient = await audiozoo(['convert', path, '--out', out, ...tiny]);
    expect(lenient.exitCode).toBe(0);
    expect(lenient.stdout).toContain('Left out, not used by the model: loss.scale');
  });

  test('merges an adapter into its base, given or named by the adapter', async () => {
    const adapter = fixture('converters/test/fixtures/adapters/patterns');
    const base = fixture('ast/test/fixtures/hugging-face/whole');
    const folder = temporaryFolder();
    const untold = await audiozoo(['convert', adapter, '--out', join(folder, 'a')]);
    expect(untold.exitCode).toBe(1);
    expect(untold.stderr).toMatch(/"MIT\/ast-tiny".*--base/);

    const told = await audiozoo(['convert', adapter, '--base', base, '--out', join(folder, 'a')]);
    expect(told.exitCode).toBe(0);
    expect(told.stdout).toContain('adapter LORA');

    const local = join(folder, 'adapter');
    cpSync(adapter, local, { recursive: true });
    const config = readJson(local, 'adapter_config.json');
    const named = { ...config, base_model_name_or_path: base };
    writeFileSync(join(local, 'adapter_config.json'), JSON.stringify(named));
    expect((await audiozoo(['convert', local, '--out', join(folder, 'b')])).exitCode).toBe(0);
    const weightsOf = (name: string) => readFileSync(join(folder, name, 'model.safetensors'));
    expect(weightsOf('b').equals(weightsOf('a'))).toBe(true);
  });

  test('refuses a base for what is no adapter', async () => {
    const { exitCode, stderr } = await convert(join(temporaryFolder(), 'x'), '--base', digits);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/is no adapter.*--base/);
  });
});

/** Flags for `tinyWeights`. */
const tiny = [
  '--set',
  'fstride=16',
  '--set',
  'tstride=16',
  '--set',
  'frames=32',
  '--set',
  'melBins=32',
  '--set',
  'heads=2',
];

/** An official AST of width 8 and one block. */
function tinyWeights(prefix: string) {
  const width = 8;
  const vectors = [
    'norm1.weight',
    'norm1.bias',
    'norm2.weight',
    'norm2.bias',
    'attn.proj.bias',
    'mlp.fc2.bias',
  ];
  const shapes: Record<string, number[]> = {
    'v.cls_token': [1, 1, width],
    'v.dist_token': [1, 1, width],
    'v.pos_embed': [1, 6, width],
    'v.patch_embed.proj.weight': [width, 1, 16, 16],
    'v.patch_embed.proj.bias': [width],
    'v.blocks.0.attn.qkv.weight': [3 * width, width],
    'v.blocks.0.attn.qkv.bias': [3 * width],
    'v.blocks.0.attn.proj.weight': [width, width],
    'v.blocks.0.mlp.fc1.weight': [4 * width, width],
    'v.blocks.0.mlp.fc1.bias': [4 * width],
    'v.blocks.0.mlp.fc2.weight': [width, 4 * width],
    ...Object.fromEntries(vectors.map((name) => [`v.blocks.0.${name}`, [width]])),
    'v.norm.weight': [width],
    'v.norm.bias': [width],
    'mlp_head.0.weight': [width],
    'mlp_head.0.bias': [width],
    'mlp_head.1.weight': [3, width],
    'mlp_head.1.bias': [3],
  };
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.5);
      return [`${prefix}${name}`, { shape, data }];
    }),
  );
}

const twoSets = () => stateDictArchive({ ...tinyWeights('student.'), ...tinyWeights('teacher.net.') });
