// The repository as Triton would read it. No Triton runs here: scripts/check-triton.py reads config.pbtxt by Triton's own schema.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAudio } from '@audiozoo/features/audio';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

/** Of scores, which `classify` prints with six digits; features are float32 inside the graph. */
const scoreTolerance = 1e-4;

type Field = string | Message;
interface Message {
  [field: string]: Field[];
}

/** Messages of the text form of protocol buffers: fields with all their values, which stand as they are written. */
function parseTextFormat(text: string): Message {
  const tokens = text.replace(/^#.*$/gm, '').match(/"(?:[^"\\]|\\.)*"|[\w.+-]+|[{}[\]:,]/g)!;
  const message = (): Message => {
    const fields: Message = {};
    while (tokens.length > 0 && tokens[0] !== '}') {
      const values = (fields[tokens.shift()!] ??= []);
      if (tokens[0] === ':') tokens.shift();
      values.push(...(tokens[0] === '[' ? list() : [value()]));
    }
    return fields;
  };
  const list = (): Field[] => {
    const values: Field[] = [];
    for (let token = tokens.shift(); token !== ']'; token = tokens.shift()) {
      expect(token).toMatch(values.length === 0 ? '[' : ',');
      if (tokens[0] !== ']') values.push(value());
    }
    return values;
  };
  const value = (): Field => {
    const token = tokens.shift()!;
    if (token !== '{') return token;
    const inner = message();
    expect(tokens.shift()).toBe('}');
    return inner;
  };
  const all = message();
  expect(tokens).toEqual([]);
  return all;
}

const port = (name: string, dims: readonly string[], more: Message = {}) => ({
  ...{ name: [`"${name}"`], data_type: ['TYPE_FP32'], dims },
  ...more,
});

const labelsFile = { label_filename: ['"labels.txt"'] };

const examples = [
  {
    ...{ title: 'an AST of sigmoids', model: digits, clip: digitClip('4_four'), width: 20_800 },
    ...{ classes: 12, problemType: 'multi_label', minSamples: 400, maxSamples: 20_800 },
    ...{ sampleRate: 16_000, embedding: 128 },
  },
  {
    title: 'an EfficientAT of any length, of a softmax',
    model: fixture('../models/ten-sounds'),
    clip: fixture('../models/ten-sounds/clips/rooster.ogg'),
    ...{ width: -1, classes: 10, problemType: 'single_label', minSamples: 514, maxSamples: 163_840 },
    ...{ sampleRate: 32_000, embedding: 384 },
  },
];

describe.each(examples)('audiozoo export --for triton of $title', (example) => {
  const { model, clip, width, classes, problemType, minSamples, maxSamples, sampleRate, embedding } = example;
  const name = model.split('/').at(-1)!;

  test('writes a config that agrees with the graph, which gives the scores of classify', async () => {
    const repository = join(temporaryFolder(), 'served', 'repository');
    const { exitCode, stderr } = await audiozoo([
      'export',
      '--model',
      model,
      '--for',
      'triton',
      '--out',
      repository,
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(readdirSync(repository)).toEqual([name]);
    expect((readdirSync(join(repository, name), { recursive: true }) as string[]).sort()).toEqual([
      '1',
      join('1', 'model.onnx'),
      'config.pbtxt',
      'labels.txt',
    ]);

    const config = parseTextFormat(readFileSync(join(repository, name, 'config.pbtxt'), 'utf8'));
    const parameter = (key: string, value: string | number) => ({
      key: [`"${key}"`],
      value: [{ string_value: [`"${value}"`] }],
    });
    expect(config).toEqual({
      name: [`"${name}"`],
      backend: ['"onnxruntime"'],
      max_batch_size: ['32'],
      input: [port('samples', [`${width}`]), port('lengths', ['1'], { reshape: [{ shape: [] }] })],
      output: [port('logits', [`${classes}`], labelsFile), port('embedding', [`${embedding}`])],
      version_policy: [{ latest: [{ num_versions: ['1'] }] }],
      instance_group: [{ count: ['1'], kind: ['KIND_AUTO'] }],
      dynamic_batching: [{ preferred_batch_size: ['8', '16', '32'], max_queue_delay_microseconds: ['5000'] }],
      parameters: [
        parameter('sample_rate', sampleRate),
        parameter('min_samples', minSamples),
        parameter('max_samples', maxSamples),
        parameter('problem_type', `${problemType}_classification`),
      ],
    });

    const session = await InferenceSession.create(join(repository, name, '1', 'model.onnx'));
    const graph = [...session.inputMetadata, ...session.outputMetadata].map((each) => {
      const [batch, ...sizes] = each.isTensor ? each.shape : [];
      return [
        each.name,
        each.isTensor && each.type,
        batch,
        sizes.map((size) => (typeof size === 'number' ? size : -1)),
      ];
    });
    expect(graph).toEqual([
      ['samples', 'float32', 'batch', [width]],
      ['lengths', 'float32', 'batch', []],
      ['logits', 'float32', 'batch', [classes]],
      ['embedding', 'float32', 'batch', [embedding]],
    ]);

    const { samples } = await readAudio(clip, { resampleTo: sampleRate });
    expect(samples.length).toBeGreaterThanOrEqual(minSamples);
    expect(samples.length).toBeLessThanOrEqual(maxSamples);
    const row = new Float32Array(width === -1 ? samples.length : width);
    row.set(samples);
    const { logits } = await session.run({
      samples: new Tensor('float32', row, [1, row.length]),
      lengths: new Tensor('float32', [samples.length], [1]),
    });
    await session.release();

    const labels = readFileSync(join(repository, name, 'labels.txt'), 'utf8').split('\n');
    expect(labels.pop()).toBe('');
    expect(labels).toHaveLength(classes);
    const odds = Array.from(logits!.data as Float32Array, Math.exp);
    const sum = odds.reduce((total, each) => total + each);
    const scores = odds.map((each) => each / (problemType === 'multi_label' ? 1 + each : sum));
    const { stdout } = await audiozoo([
      'classify',
      clip,
      '--model',
      model,
      '--top-k',
      `${classes}`,
      '--json',
    ]);
    const [{ labels: told }] = JSON.parse(stdout);
    expect(told.map(({ label }: { label: string }) => label).toSorted()).toEqual(labels.toSorted());
    for (const { label, score } of told) {
      expect(Math.abs(scores[labels.indexOf(label)]! - score)).toBeLessThan(scoreTolerance);
    }
  });
});

describe('audiozoo export --for triton', () => {
  const exporting = (out: string, ...flags: string[]) =>
    audiozoo(['export', '--model', digits, '--for', 'triton', '--out', out, ...flags]);

  test('puts a graph with its weights beside it into a folder of its own, under the name that it is given', async () => {
    const repository = temporaryFolder();
    const { stdout } = await exporting(repository, '--name', 'digits.v2', '--weights', 'external', '--json');
    const model = join(repository, 'digits.v2');
    const folder = join(model, '1', 'model.onnx');
    const paths = [
      ...[join(folder, 'model.onnx.data'), join(folder, 'model.onnx')],
      ...[join(model, 'labels.txt'), join(model, 'config.pbtxt')],
    ];
    const files = paths.map((path) => ({ path, bytes: statSync(path).size }));
    expect(JSON.parse(stdout)).toEqual({ model: digits, files });
    expect(readFileSync(join(model, 'config.pbtxt'), 'utf8')).toContain('name: "digits.v2"');
    const session = await InferenceSession.create(join(folder, 'model.onnx'));
    expect(session.inputNames).toEqual(['samples', 'lengths']);
    await session.release();
  });

  test('leaves a model that is there as it is', async () => {
    const repository = temporaryFolder();
    mkdirSync(join(repository, 'spoken-digits'));
    writeFileSync(join(repository, 'spoken-digits', 'config.pbtxt'), 'mine');
    const { exitCode, stderr } = await exporting(repository);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('spoken-digits is already there');
    expect(readdirSync(repository, { recursive: true })).toEqual([
      'spoken-digits',
      join('spoken-digits', 'config.pbtxt'),
    ]);
  });

  test.each([
    [['--name', '../outside'], 1, 'as --name'],
    [['--input', 'features'], 2, 'leave out --input'],
  ])('refuses %j and makes nothing', async (flags, code, text) => {
    const folder = temporaryFolder();
    const { exitCode, stderr } = await exporting(join(folder, 'repository'), ...flags);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(text);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('alone has names for models', async () => {
    const flags = ['--out', join(temporaryFolder(), 'a.onnx'), '--name', 'a'];
    const { exitCode, stderr } = await audiozoo(['export', '--model', digits, ...flags]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--name is for --for triton');
  });
});
