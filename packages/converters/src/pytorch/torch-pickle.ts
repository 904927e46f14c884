// What PyTorch's pickles mean: which few functions make tensors, which classes are plain data, and that
// everything else is refused by name. Nothing is ever called.

import type { DType } from '@audiozoo/core';
import { bytesPerElement } from '@audiozoo/core/plugin';
import { quote, refusal } from '../refusal.js';
import type { PickleMeaning } from './pickle.js';
import {
  inert,
  isKind,
  type PickleStorage,
  type PickleTensor,
  type PickleValue,
  type Scalar,
} from './pickle-value.js';

/** PyTorch's own limit. */
const maxRank = 64;
/** What a tensor's metadata say is `conj` and `neg`. */
const maxMetadata = 16;

const storageTypes: ReadonlyMap<string, DType | undefined> = new Map([
  ['DoubleStorage', 'float64'],
  ['FloatStorage', 'float32'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
  ['UntypedStorage', undefined],
]);

const torchDtypes: ReadonlySet<string> = new Set<DType>([
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
]);

const dictClasses = new Set([
  'collections.OrderedDict',
  'collections.defaultdict',
  'collections.Counter',
  'builtins.dict',
  '__builtin__.dict',
]);

/** Classes and functions that make plain data, of which nothing can be a weight: read over. */
const harmless = new Set([
  ...['set', 'frozenset', 'list', 'tuple', 'int', 'float', 'complex', 'bool', 'str', 'bytes', 'bytearray']
    .concat('slice', 'range', 'object')
    .flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
  ...['copy_reg._reconstructor', 'copyreg._reconstructor', '_codecs.encode'],
  ...['collections.deque', 'argparse.Namespace', 'types.SimpleNamespace'],
  ...['datetime', 'date', 'time', 'timedelta', 'timezone'].map((name) => `datetime.${name}`),
  ...['Path', 'PosixPath', 'WindowsPath', 'PurePath', 'PurePosixPath', 'PureWindowsPath'].flatMap((name) => [
    `pathlib.${name}`,
    `pathlib._local.${name}`,
  ]),
  ...['decimal.Decimal', 'fractions.Fraction', 'uuid.UUID'],
  ...['numpy.dtype', 'numpy.ndarray'],
  ...['scalar', '_reconstruct'].flatMap((name) => [
    `numpy.core.multiarray.${name}`,
    `numpy._core.multiarray.${name}`,
  ]),
  ...['numpy.core.numeric._frombuffer', 'numpy._core.numeric._frombuffer'],
  ...['torch.Size', 'torch.device', 'torch.torch_version.TorchVersion', 'torch.serialization._get_layout'],
]);

/** The meaning of PyTorch's pickles in the file `fileName`. Its errors name that file. */
export function torchMeaning(fileName: string): PickleMeaning {
  const malformed = (why: string) =>
    refusal(fileName, `is not a valid checkpoint: its pickle ${why}`, {
      hint: 'The file is damaged, or something other than torch.save wrote it.',
    });

  const call = (name: string, args: readonly PickleValue[]): PickleValue => {
    if (dictClasses.has(name)) return { kind: 'dict', entries: undefined };
    if (harmless.has(name)) return inert;
    switch (name) {
      case 'torch._utils._rebuild_tensor':
      case 'torch._utils._rebuild_tensor_v2':
        checkMetadata(args[6]);
        return rebuildTensor(args, undefined);
      case 'torch._utils._rebuild_tensor_v3':
        checkMetadata(args[7]);
        return rebuildTensor(args, dtypeOf(args[6]));
      case 'torch._utils._rebuild_parameter':
      case 'torch._utils._rebuild_parameter_with_state':
      case 'torch.nn.parameter.Parameter':
        if (!isKind(args[0], 'tensor')) throw malformed('holds a parameter without a tensor');
        return args[0];
      default:
        throw refusedCall(fileName, name);
    }
  };

  /** `_rebuild_tensor_v2(storage, storage_offset, size, stride, …)` */
  const rebuildTensor = (args: readonly PickleValue[], dtypeGiven: DType | undefined): PickleTensor => {
    const [storage, storageOffset, size, stride] = args;
    if (!isKind(storage, 'storage')) throw malformed('holds a tensor without a storage');
    if (!isCount(storageOffset)) throw malformed('holds a tensor with an impossible offset');
    const shape = counts(size, 'shape');
    const strides = counts(stride, 'strides');
    if (shape.length !== strides.length) throw malformed('holds a tensor of impossible shape');
    const dtype = dtypeGiven ?? storage.dtype ?? 'uint8';

    const count = shape.reduce((product, length) => product * Math.max(length, 1), 1);
    if (!Number.isSafeInteger(count * 8)) throw malformed('holds a tensor of impossible shape');
    // One beyond the last element, in a storage that must hold it.
    let end = storageOffset;
    if (!shape.includes(0)) {
      end = shape.reduce((last, count, axis) => last + (count - 1) * strides[axis]!, storageOffset) + 1;
    }
    if (!(end * bytesPerElement(dtype) <= storage.byteLength - storage.byteOffset)) {
      throw malformed(`holds a tensor that reaches beyond its storage ${quote(storage.key)}`);
    }
    return { kind: 'tensor', storage, dtype, shape, strides, storageOffset };
  };

  const counts = (value: PickleValue | undefined, what: string): readonly number[] => {
    if (isKind(value, 'list') && value.items.length <= maxRank && value.items.every(isCount)) {
      return value.items.slice() as number[]; // the pickle may still append to its own
    }
    throw malformed(`holds a tensor with impossible ${what}`);
  };

  const dtypeOf = (value: PickleValue | undefined): DType => {
    const name = isKind(value, 'global') ? value.name.replace(/^torch\./, '') : '';
    if (torchDtypes.has(name)) return name as DType;
    throw unsupported(`a tensor of dtype ${quote(name)}`);
  };

  /** Conjugate and negative views: their values are not what is stored. */
  const checkMetadata = (metadata: PickleValue | undefined) => {
    if (!isKind(metadata, 'dict') || !metadata.entries) return;
    // Tensors may share them: a million entries would be looked through for each.
    if (metadata.entries.size > maxMetadata) throw malformed('holds a tensor with impossible metadata');
    if ([...metadata.entries.values()].includes(true)) throw unsupported('a conjugate or negative view');
  };

  const unsupported = (what: string) =>
    refusal(fileName, `holds ${what}, which is not supported`, {
      expected: `dtypes ${[...torchDtypes].join(', ')}`,
      hint: 'In Python, save a state dict without it.',
    });

  /** `('storage', type, key, location, number of elements[, view])` */
  const persistent = (id: PickleValue): PickleStorage => {
    const items = isKind(id, 'list') ? id.items : [];
    const [tag, type, key, , elements, view] = items;
    if (tag === 'module') throw refusedCall(fileName, isKind(type, 'global') ? type.name : 'a module');
    if (tag !== 'storage' || !isKind(type, 'global') || typeof key !== 'string' || !isCount(elements)) {
      throw malformed('refers to what is not a storage');
    }
    const typeName = /^torch\.(?:cuda\.|storage\._?)?(\w+Storage)$/.exec(type.name)?.[1] ?? '';
    if (!storageTypes.has(typeName)) throw unsupported(`a storage of type ${quote(type.name)}`);
    const dtype = storageTypes.get(typeName);
    const elementBytes = dtype === undefined ? 1 : bytesPerElement(dtype);
    const byteLength = elements * elementBytes;
    if (!Number.isSafeInteger(byteLength)) throw malformed('refers to a storage of impossible size');
    let byteOffset = 0;
    if (isKind(view, 'list')) {
      const offset = view.items[1]; // (key, offset, size)
      if (!isCount(offset)) throw malformed('refers to an impossible view of a storage');
      byteOffset = offset * elementBytes;
    }
    return { kind: 'storage', key, dtype, elements, byteLength, byteOffset };
  };

  return { call, persistent, malformed };
}

function refusedCall(fileName: string, name: string) {
  const isModule = /^torch\.(nn|jit|fx|quantization|ao)\b/.test(name);
  return refusal(
    fileName,
    `is refused: its pickle ${isModule ? 'holds a whole module' : 'calls'} ${quote(name)}`,
    {
      expected: 'tensors and plain data',
      hint: isModule
        ? 'In Python, load it and save the weights alone: torch.save(model.state_dict(), path).'
        : 'Nothing was run. If this is your own class, save model.state_dict() alone; if you did not expect it, do not trust the file.',
    },
  );
}

function isCount(value: PickleValue | Scalar | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
