// What lies in model directories beside the weights, and arrays of Python.

import { ast } from '@audiozoo/ast';
import {
  bytesSource,
  type FileStore,
  openModelDirectory,
  readNpy,
  readTensor,
  tensor,
  writeNpy,
} from '@audiozoo/core';
import { listParameters, parseJsonObject } from '@audiozoo/core/plugin';
import fc from 'fast-check';
import { safetensorsFile } from '../../../packages/core/test/safetensors-file.js';
import { mutated, mutatedJson } from '../mutations.js';
import type { FuzzedReader } from '../reader.js';
import { decode, encode, fixture } from './fixture.js';

const floats = tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
const bytes = tensor('uint8', [3], Uint8Array.of(1, 2, 3));

const configText = decode(fixture('ast/test/fixtures/hugging-face/whole/config.json'));
const preprocessorText = decode(fixture('ast/test/fixtures/hugging-face/whole/preprocessor_config.json'));
const indexText = decode(fixture('ast/test/fixtures/hugging-face/sharded/model.safetensors.index.json'));
/** Between the two files of one case. */
const separator = '\n\0\n';

async function readConfigs(input: Uint8Array): Promise<void> {
  const [config = '', preprocessor = ''] = decode(input).split(separator);
  const read = ast.readConfig(
    parseJsonObject(config, 'config.json'),
    parseJsonObject(preprocessor, 'preprocessor_config.json'),
  );
  listParameters(ast.parameters(read));
  ast.inputs(read);
  ast.outputs(read);
  ast.labels?.(read);
  const { inputs, minSamples } = ast.frontEnd(read);
  inputs([new Float32Array(minSamples)]);
}

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
  {
    name: 'config',
    files: fc.oneof(
      fc
        .tuple(mutatedJson(JSON.parse(configText)), mutatedJson(JSON.parse(preprocessorText)))
        .map((files) => encode(files.join(separator))),
      mutatedJson(JSON.parse(configText)).map((config) => encode(config + separator + preprocessorText)),
      mutatedJson(JSON.parse(preprocessorText)).map((json) => encode(configText + separator + json)),
      mutated([encode(configText + separator + preprocessorText)]),
    ),
    read: readConfigs,
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
