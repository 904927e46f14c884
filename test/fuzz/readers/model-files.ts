// What lies in model directories beside the weights, and arrays of Python.

import { ast } from '@audiozoo/ast';
import { ced } from '@audiozoo/ced';
import { clap } from '@audiozoo/clap';
import {
  type AnyModel,
  bytesSource,
  type FileStore,
  type JsonObject,
  openModelDirectory,
  readNpy,
  readTensor,
  type TextTower,
  tensor,
  writeNpy,
} from '@audiozoo/core';
import { listParameters, parseJsonObject } from '@audiozoo/core/plugin';
import { efficientat } from '@audiozoo/efficientat';
import fc from 'fast-check';
import { safetensorsFile } from '../../../packages/core/test/safetensors-file.js';
import { mutated, mutatedJson } from '../mutations.js';
import type { FuzzedReader } from '../reader.js';
import { decode, encode, fixture } from './fixture.js';

const floats = tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
const bytes = tensor('uint8', [3], Uint8Array.of(1, 2, 3));

const indexText = decode(fixture('ast/test/fixtures/hugging-face/sharded/model.safetensors.index.json'));
/** Between the files of one case. */
const separator = '\n\0\n';

/** config.json and preprocessor_config.json of a model, and all that is made of them without weights. */
function configReader(
  name: string,
  model: AnyModel,
  {
    config,
    preprocessor,
    runs,
  }: { readonly config: JsonObject; readonly preprocessor: JsonObject; readonly runs?: number },
): FuzzedReader {
  const texts = { config: JSON.stringify(config), preprocessor: JSON.stringify(preprocessor) };
  return {
    name,
    ...(runs && { runs }),
    files: fc.oneof(
      fc.tuple(mutatedJson(config), mutatedJson(preprocessor)).map((files) => encode(files.join(separator))),
      mutatedJson(config).map((json) => encode(json + separator + texts.preprocessor)),
      mutatedJson(preprocessor).map((json) => encode(texts.config + separator + json)),
      mutated([encode(texts.config + separator + texts.preprocessor)]),
    ),
    async read(input) {
      const [config = '', preprocessor = ''] = decode(input).split(separator);
      const read = model.readConfig(
        parseJsonObject(config, 'config.json'),
        parseJsonObject(preprocessor, 'preprocessor_config.json'),
      );
      listParameters(model.parameters(read));
      model.inputs(read);
      model.outputs(read);
      model.labels?.(read);
      const { inputs, minSamples } = model.frontEnd(read);
      inputs([new Float32Array(minSamples)]);
    },
  };
}

const json = (file: string): JsonObject => JSON.parse(decode(fixture(file)));
const labels = { 0: 'a', 1: 'b', 2: 'c' };
const hugging = 'ast/test/fixtures/hugging-face/whole';
const clapFolder = 'clap/test/fixtures/clap/fused';

/** A text through the tokenizer of a model that reads words. */
async function readWords(input: Uint8Array): Promise<void> {
  const [tokenizer = '', settings = ''] = decode(input).split(separator);
  const texts: Readonly<Record<string, Uint8Array>> = {
    'config.json': fixture(`${clapFolder}/config.json`),
    'tokenizer.json': encode(tokenizer),
    'tokenizer_config.json': encode(settings),
  };
  const files: FileStore = {
    name: 'model',
    open: async (name) => texts[name] && bytesSource(texts[name], name),
  };
  const { tokenizer: open } = await (clap.textTower as () => Promise<TextTower>)();
  const tokens = await open(files);
  tokens(['a dog barking', '', '  Ünïcode 狗 🐕 \0', 'x'.repeat(3000)]);
}

const tokenizerText = decode(fixture(`${clapFolder}/tokenizer.json`));
const tokenizerSettings = json(`${clapFolder}/tokenizer_config.json`);

async function readIndex(input: Uint8Array): Promise<void> {
  const files: FileStore = {
    name: 'model',
    async open(name) {
      if (name === 'model.safetensors') return undefined;
      if (name === 'model.safetensors.index.json') return bytesSource(input, name);
      if (name.endsWith('.json')) return bytesSource(encode('{}'), name);
      return bytesSource(safetensorsFile({ a: floats, b: bytes }), name);
    },
  };
  const { weights } = await openModelDirectory(files);
  for (const stored of weights.tensors.values()) await readTensor(stored);
  await weights.close();
}

const npySeeds = [floats, bytes, tensor('float32', [], Float32Array.of(7))].map(writeNpy);

/** Headers that are almost NumPy's, of the right length. */
const npyHeaders = fc
  .record({
    descriptor: fc.constantFrom('<f4', '<f8', '<i8', '|u1', '|b1', '<f2', '>f4', '|O', ''),
    order: fc.constantFrom('False', 'False', 'True', '0'),
    shape: fc.oneof(
      fc
        .array(fc.constantFrom(0, 1, 2, 3, 2 ** 53 - 1, 2 ** 60), { maxLength: 4 })
        .map((sizes) => sizes.join(', ')),
      fc.constantFrom('3,', ',', '1,,2', '-1', '0x3', `${'0,'.repeat(4000)}`, ' 2 , 3 ', '1e3'),
    ),
    space: fc.constantFrom('', ' ', ' '.repeat(3000)),
    data: fc.nat(48),
  })
  .map(({ descriptor, order, shape, space, data }) => {
    const header = `{'descr': '${descriptor}',${space}'fortran_order': ${order}, 'shape': (${shape}), }\n`;
    const length = new Uint8Array(Uint16Array.of(header.length).buffer);
    const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0);
    return new Uint8Array(Buffer.concat([magic, length, encode(header), new Uint8Array(data)]));
  });

export const modelFileReaders: readonly FuzzedReader[] = [
  { name: 'npy', files: fc.oneof(mutated(npySeeds), npyHeaders), read: async (input) => void readNpy(input) },
  configReader('config', ast, {
    config: json(`${hugging}/config.json`),
    preprocessor: json(`${hugging}/preprocessor_config.json`),
  }),
  configReader('config-ced', ced, {
    config: {
      model_type: 'ced',
      ...{ embed_dim: 8, depth: 1, num_heads: 1 },
      target_length: 48,
      id2label: labels,
    },
    preprocessor: { f_max: 8000, f_min: 0, hop_size: 160, n_fft: 512, sampling_rate: 16_000, win_size: 512 },
  }),
  configReader('config-efficientat', efficientat, {
    config: {
      variant: 'mn',
      width_multiplier: 0.1,
      strides: [2, 2, 2, 2],
      n_mels: 64,
      max_frames: 50,
      id2label: labels,
    },
    preprocessor: { sampling_rate: 32_000, n_fft: 1024, win_length: 800, hop_length: 320, f_max: 15_000 },
  }),
  configReader('config-clap', clap, {
    config: json(`${clapFolder}/config.json`),
    preprocessor: json(`${clapFolder}/preprocessor_config.json`),
    runs: 100,
  }),
  {
    name: 'tokenizer',
    files: fc.oneof(
      mutatedJson(JSON.parse(tokenizerText)).map((text) =>
        encode(text + separator + JSON.stringify(tokenizerSettings)),
      ),
      mutatedJson(tokenizerSettings).map((settings) => encode(tokenizerText + separator + settings)),
      mutated([encode(tokenizerText + separator + JSON.stringify(tokenizerSettings))]),
    ),
    runs: 300,
    read: readWords,
  },
  {
    name: 'index',
    files: fc.oneof(
      mutated([encode(indexText), encode('{"weight_map":{"a":"m.safetensors"}}')]),
      mutatedJson(JSON.parse(indexText)).map(encode),
    ),
    read: readIndex,
  },
];
