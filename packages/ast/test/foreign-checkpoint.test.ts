// Checkpoints as people have them: the weights below any prefix and key, inside wrappers, beside other things.

import { ast } from '@audiozoo/ast';
import {
  type ConvertOptions,
  convertCheckpoint,
  inspectCheckpoint,
  memoryDirectory,
} from '@audiozoo/converters';
import { bytesSource, openModelDirectory, readTensor, type Tensor, toFloat32 } from '@audiozoo/core';
import { randomTensor } from '@audiozoo/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pickle, rowMajor, torchArchive } from '../../converters/test/torch-archive.js';
import { safetensorsSource, tinyTransformer, tinyWidth } from './tiny-checkpoint.js';

const models = [ast];
const settings = { fstride: 16, tstride: 16, frames: 32, melBins: 32, heads: 2 };
const classes = 3;

type Tensors = Readonly<Record<string, Tensor>>;

/** An official AST of one block; `seed` tells weights of one from another's. */
function weights(seed = 0): Tensors {
  const head: Tensors = {
    'mlp_head.0.weight': randomTensor([tinyWidth], 901 + seed),
    'mlp_head.0.bias': randomTensor([tinyWidth], 902 + seed),
    'mlp_head.1.weight': randomTensor([classes, tinyWidth], 903 + seed),
    'mlp_head.1.bias': randomTensor([classes], 904 + seed),
  };
  const positions = randomTensor([6, tinyWidth], 905 + seed);
  return { ...tinyTransformer('v.', 1, positions), ...head };
}

const renamed = (tensors: Tensors, rename: (name: string) => string): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), tensor]));
const below = (prefix: string, tensors: Tensors) => renamed(tensors, (name) => `${prefix}${name}`);

async function convert(tensors: Tensors, options: Partial<ConvertOptions> = {}) {
  const output = memoryDirectory();
  const source = await safetensorsSource(tensors);
  const report = await convertCheckpoint(source, { models, output, settings, ...options });
  const file = (await output.open('model.safetensors'))!;
  return { output, report, bytes: Buffer.from(await file.read(0, file.size)) };
}

/** The head's bias, by which sets of weights are told apart. */
async function headBias(output: Parameters<typeof openModelDirectory>[0]): Promise<number[]> {
  const { weights } = await openModelDirectory(output);
  return [...toFloat32(await readTensor(weights.tensors.get('classifier.dense.bias')!))];
}
const biasOf = (tensors: Tensors) => [...toFloat32(tensors['mlp_head.1.bias']!)];

/** A file of PyTorch's whose sets share their tensors where they are the same. */
function archiveOf(sets: Readonly<Record<string, Tensors>>) {
  const storages = new Map<Tensor, string>();
  const entries: [string, Uint8Array][] = [];
  for (const [key, tensors] of Object.entries(sets)) {
    for (const [name, each] of Object.entries(tensors)) {
      const storage = storages.get(each) ?? `${storages.size}`;
      storages.set(each, storage);
      const { shape, data } = each;
      const record = { key: storage, type: 'FloatStorage', elements: data.length, shape };
      entries.push([`${key}.${name}`, pickle.tensor({ ...record, strides: rowMajor(shape) })]);
    }
  }
  const data = new Map(
    [...storages].map(([{ data }, key]) => [
      key,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );
  return { bytes: torchArchive(pickle.dict(entries), data), names: entries.map(([name]) => name) };
}

describe('weights below a prefix', () => {
  test.each([
    'model.',
    'net.ast_mdl.',
    '_orig_mod.',
    'module._orig_mod.',
    '_fsdp_wrapped_module.',
    'backbone.',
    'state_dict.model.',
    'params.',
    'model_state.',
    'best.epoch-12.net.', // keys may have dots
    '0.', // the first of a list
    'something.nobody.thought.of.',
  ])('%s are found, and are the same model', async (prefix) => {
    const plain = await convert(weights());
    const { bytes, report } = await convert(below(prefix, weights()));
    expect(bytes.equals(plain.bytes)).toBe(true);
    expect(report.unused).toEqual([]);
  });

  test('are found whatever the prefix, keys and wrappers, and are the same model', async () => {
    const plain = await convert(weights());
    const segment = fc.oneof(
      fc.constantFrom('model', 'net', 'state_dict', 'params', 'ema', 'encoder', 'v', 'mlp_head', '0', '17'),
      fc.stringMatching(/^[A-Za-z][\w -]{0,12}$/),
    );
    const wrapper = fc.constantFrom(
      'module',
      '_orig_mod',
      '_fsdp_wrapped_module',
      '_checkpoint_wrapped_module',
    );
    const prefixes = fc.array(fc.oneof(segment, wrapper), { maxLength: 7 });
    const wrapped = fc.func(fc.option(wrapper, { freq: 3 })); // by the path of the module that it wraps
    await fc.assert(
      fc.asyncProperty(prefixes, wrapped, async (prefix, wrapperOf) => {
        const tensors = renamed(weights(), (name) => {
          const path = name.split('.').flatMap((part, place, parts) => {
            const inside = place > 0 && wrapperOf(parts.slice(0, place).join('.'));
            return inside ? [inside, part] : [part];
          });
          return [...prefix, ...path].join('.');
        });
        const { bytes } = await convert(tensors);
        expect(bytes.equals(plain.bytes)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test('are said with their key, but not with a wrapper', async () => {
    const { report } = await convert(below('state_dict.net._orig_mod.', weights()));
    expect(report.recognized).toMatchObject({ naming: 'official AST', key: 'state_dict.net' });
    expect(report.assumptions[0]).toBe('The weights are those under the key "state_dict.net".');
    expect((await convert(below('module._orig_mod.', weights()))).report.recognized).not.toHaveProperty(
      'key',
    );
  });

  test('are kept apart where only wrappers tell two models apart', async () => {
    const tensors = { ...below('_student.', weights(1)), ...below('_teacher.', weights(2)) };
    await expect(convert(tensors)).rejects.toThrow('keys "_student", "_teacher"');
    const { output } = await convert(tensors, { key: '_teacher' });
    expect(await headBias(output)).toEqual(biasOf(weights(2)));
  });
});

describe('several sets of weights', () => {
  const student = below('student.', weights(1));
  const teacher = below('teacher.net.', weights(2));
  const ema = below('ema_state_dict.', weights(3));

  test('that all fit are refused, listed with their keys', async () => {
    await expect(convert({ ...student, ...teacher })).rejects.toMatchObject({
      code: 'argument',
      message: expect.stringMatching(/keys "student", "teacher\.net"\. Say which with `key`/),
    });
  });

  test.each([
    ['student', 1],
    ['teacher.net', 2],
    ['teacher', 2], // the beginning says enough
    ['ema_state_dict', 3],
  ])('are chosen from by the key %s', async (key, seed) => {
    const { output, report } = await convert({ ...student, ...teacher, ...ema }, { key });
    expect(await headBias(output)).toEqual(biasOf(weights(seed)));
    expect(report.assumptions[0]).toContain('not the others under');
  });

  test('the whole has the key ""', async () => {
    const tensors = { ...weights(4), ...student };
    await expect(convert(tensors)).rejects.toThrow('keys "", "student"');
    expect(await headBias((await convert(tensors, { key: '' })).output)).toEqual(biasOf(weights(4)));
  });

  test('a key that is not there lists those that are', async () => {
    await expect(convert({ ...student, ...ema }, { key: 'best' })).rejects.toMatchObject({
      code: 'argument',
      message: expect.stringMatching(/under the key "best": expected "student", "ema_state_dict"/),
    });
  });

  test.each(['ema.', 'model_ema.module.', 'averaged_model.', 'swaModel.', 'state.EMA.shadow.'])(
    'the average %s is taken when it is asked for, and not else',
    async (prefix) => {
      const tensors = { ...below(prefix, weights(3)), ...student };
      const { output, report } = await convert(tensors);
      expect(await headBias(output)).toEqual(biasOf(weights(1)));
      expect(report.assumptions[0]).toContain('not the others under');
      const key = prefix.split('.')[0]!;
      expect(await headBias((await convert(tensors, { key })).output)).toEqual(biasOf(weights(3)));
    },
  );

  test('an average that is all there is is taken, and said', async () => {
    const { report } = await convert(ema);
    expect(report.assumptions[0]).toBe('The weights are those under the key "ema_state_dict".');
  });

  test('that are one under several names count once, by any of them', async () => {
    const once = weights(1);
    const { bytes: file, names } = archiveOf({ model: once, compiled: once });
    const output = memoryDirectory();
    const report = await convertCheckpoint(bytesSource(file, 'twice.pth'), { models, output, settings });
    expect(report.recognized).toMatchObject({ key: 'model' });
    expect(report.unused).toEqual([]);
    expect(names).toHaveLength(2 * Object.keys(once).length);
    const other = memoryDirectory();
    const source = bytesSource(file, 'twice.pth');
    await convertCheckpoint(source, { models, output: other, settings, key: 'compiled' });
    expect(await headBias(other)).toEqual(biasOf(once));
  });

  test('of which one fits, that one is taken', async () => {
    const { 'teacher.net.v.norm.bias': _, ...broken } = teacher;
    expect(await headBias((await convert({ ...broken, ...student })).output)).toEqual(biasOf(weights(1)));
  });

  test('of which none fits, one says what is missing', async () => {
    const { 'student.v.norm.bias': _, ...broken } = student;
    const { 'teacher.net.v.norm.bias': __, ...alsoBroken } = teacher;
    await expect(convert({ ...broken, ...alsoBroken })).rejects.toThrow(/missing: v\.norm\.bias/);
  });

  test('are all shown by inspect', async () => {
    const source = await safetensorsSource({ ...student, ...teacher, ...ema });
    const { recognized, choices } = await inspectCheckpoint(source, { models });
    expect(recognized).toBeNull();
    expect(choices!.map(({ key }) => key)).toEqual(['student', 'teacher.net', 'ema_state_dict']);
    const one = await inspectCheckpoint(await safetensorsSource({ ...student, ...ema }), { models });
    expect(one.recognized).toMatchObject({ key: 'student' });
    expect(one.choices).toHaveLength(2);
  });
});

describe('further tensors', () => {
  const further: Tensors = {
    'loss.weight': randomTensor([2], 1),
    'net.bn0.num_batches_tracked': randomTensor([], 2),
    'net.aux_head.weight': randomTensor([5, tinyWidth], 3),
    'optimizer.state.0.exp_avg': randomTensor([tinyWidth], 4),
    mixup: randomTensor([4, 4], 5),
  };
  const tensors = { ...below('net.', weights()), ...further };

  test('are named and passed over', async () => {
    const { report, bytes } = await convert(tensors);
    expect(new Set(report.unused)).toEqual(new Set(Object.keys(further)));
    expect(bytes.equals((await convert(weights())).bytes)).toBe(true);
  });

  test('are refused with a list when it is to be strict', async () => {
    const refused = convert(tensors, { strict: true });
    await expect(refused).rejects.toMatchObject({
      code: 'weights',
      message: expect.stringMatching(/5 unexpected: .*"net\.aux_head\.weight"/),
    });
    await expect(convert(below('net.', weights()), { strict: true })).resolves.toBeDefined();
  });

  test("may be DeiT's own heads when it is to be strict: every official checkpoint has them", async () => {
    const heads = {
      'v.head.weight': randomTensor([1000, tinyWidth], 6),
      'v.head.bias': randomTensor([1000], 7),
    };
    const { report } = await convert({ ...weights(), ...heads }, { strict: true });
    expect(new Set(report.unused)).toEqual(new Set(Object.keys(heads)));
  });

  test("are refused where they are the model's own but for a number", async () => {
    const deeper = { ...weights(), 'mlp_head.2.weight': randomTensor([classes, classes], 8) };
    await expect(convert(deeper)).rejects.toMatchObject({
      code: 'weights',
      message: expect.stringContaining('1 unexpected: "mlp_head.2.weight"'),
    });
  });

  test('are refused where they are an adapter that was not merged', async () => {
    const lora = { 'v.blocks.0.attn.qkv.lora_A.default.weight': randomTensor([2, tinyWidth], 9) };
    await expect(convert({ ...weights(), ...lora })).rejects.toThrow(/LoRA adapter that is not merged/);
  });

  test.each([
    ['missing', { 'v.norm.bias': undefined }, /1 missing: v\.norm\.bias/],
    ['misshapen', { 'v.norm.bias': randomTensor([tinyWidth + 1], 1) }, /1 misshapen: v\.norm\.bias/],
    ['missing in the head', { 'mlp_head.1.weight': undefined }, /1 missing: mlp_head\.1\.weight/],
  ])('do not hide what is %s', async (_title, changes, message) => {
    const tensors: Record<string, Tensor> = { ...weights(), ...further };
    for (const [name, change] of Object.entries(changes)) {
      if (change) tensors[name] = change;
      else delete tensors[name];
    }
    await expect(convert(tensors)).rejects.toMatchObject({
      code: 'weights',
      message: expect.stringMatching(message),
    });
  });
});

test('an official AST without a head embeds', async () => {
  const body = Object.fromEntries(Object.entries(weights()).filter(([name]) => name.startsWith('v.')));
  const { output, report } = await convert(body);
  expect(report.assumptions).toContain('It has no head: the model embeds, and gives no labels.');
  const { config, preprocessorConfig } = await openModelDirectory(output);
  const read = ast.readConfig(config, preprocessorConfig);
  expect(config.architectures).toEqual(['ASTModel']);
  expect(ast.outputs(read)).not.toHaveProperty('logits');
  expect(ast.outputs(read)).toHaveProperty('embedding');
});

test("the official code's weights take no config.json", async () => {
  await expect(convert(weights(), { config: {} })).rejects.toMatchObject({
    code: 'argument',
    message: expect.stringContaining('`config`'),
  });
});

test('a prefixed checkpoint is stored in float16 as the plain one is', async () => {
  const plain = await convert(weights(), { dtype: 'float16' });
  const { bytes, report } = await convert(below('net._orig_mod.', weights()), { dtype: 'float16' });
  expect(report.dtype).toBe('float16');
  expect(bytes.equals(plain.bytes)).toBe(true);
});
