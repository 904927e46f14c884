// Pickles of opcodes that follow no grammar but their own lengths, some of them PyTorch's.

import fc from 'fast-check';
import { concat, pickle } from '../../packages/converters/test/torch-archive.js';

const text = fc
  .oneof(fc.constantFrom('0', '1', 'w', 'storage', 'cpu'), fc.string({ maxLength: 8 }))
  .map(pickle.text);
const number = fc
  .oneof(fc.nat(8), fc.constantFrom(255, 2 ** 31, 2 ** 53 - 1, 2 ** 40))
  .map((value) => pickle.integer(value));
const global = fc
  .constantFrom(
    ['torch._utils', '_rebuild_tensor_v2'],
    ['torch._utils', '_rebuild_tensor_v3'],
    ['torch._utils', '_rebuild_parameter'],
    ['torch', 'FloatStorage'],
    ['torch', 'UntypedStorage'],
    ['torch.storage', 'TypedStorage'],
    ['torch', 'float16'],
    ['collections', 'OrderedDict'],
    ['builtins', 'set'],
    ['os', 'system'],
  )
  .map(([module, name]) => pickle.global(module!, name!));
/** Of 24 bytes, as all storages there are. */
const storage = fc.oneof(
  {
    arbitrary: fc.constantFrom({ type: 'FloatStorage', elements: 6 }, { type: 'HalfStorage', elements: 12 }),
    weight: 4,
  },
  fc.constantFrom(
    { type: 'ByteStorage', elements: 24 },
    { type: 'LongStorage', elements: 3 },
    { type: 'BoolStorage', elements: 25 },
  ),
);
const tensor = fc
  .record({
    key: fc.constantFrom('0', '1', '2'),
    storage,
    shape: fc.array(fc.constantFrom(0, 1, 2, 3, 6, 2 ** 20), { maxLength: 3 }),
    strides: fc.array(fc.constantFrom(0, 0, 1, 2, 3), { minLength: 3, maxLength: 3 }),
    offset: fc.constantFrom(0, 0, 0, 1, 5, 2 ** 40),
  })
  .map(({ storage, strides, ...record }) =>
    pickle.tensor({ ...record, ...storage, strides: strides.slice(0, record.shape.length) }),
  );
const opcode = fc
  .constantFrom(
    ...[0x28, 0x30, 0x31, 0x32, 0x4e, 0x88, 0x89, 0x5d, 0x29, 0x6c, 0x74, 0x85, 0x86, 0x87, 0x61, 0x65, 0x7d],
    ...[0x64, 0x73, 0x75, 0x8f, 0x90, 0x91, 0x94, 0x93, 0x52, 0x81, 0x92, 0x62, 0x51],
  )
  .map((byte) => Uint8Array.of(byte));
const memo = fc
  .tuple(fc.constantFrom(0x71, 0x68), fc.nat(5))
  .map(([operation, index]) => Uint8Array.of(operation, index));
const wideMemo = fc
  .tuple(fc.constantFrom(0x72, 0x6a), fc.constantFrom(0, 1, 100, 2 ** 20, 2 ** 32 - 1))
  .map(([operation, index]) =>
    concat([Uint8Array.of(operation), new Uint8Array(Uint32Array.of(index).buffer)]),
  );
const long = fc
  .uint8Array({ maxLength: 20 })
  .map((bytes) => concat([Uint8Array.of(0x8a, bytes.length), bytes]));

const step = fc.oneof(
  { arbitrary: opcode, weight: 8 },
  { arbitrary: tensor, weight: 3 },
  text,
  number,
  global,
  memo,
  wideMemo,
  long,
);

const { value: anyValue } = fc.letrec<{ value: Uint8Array }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    tensor,
    text,
    number,
    long,
    fc.constantFrom(pickle.none, pickle.no, pickle.emptyDict, pickle.emptyTuple),
    memo,
    fc.tuple(tensor, fc.nat(5)).map(([value, index]) => concat([value, pickle.put(index)])),
    fc
      .array(tie('value'), { maxLength: 5 })
      .map((items) => concat([pickle.emptyList, pickle.mark, ...items, Uint8Array.of(0x65)])),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => concat([pickle.mark, ...items, pickle.tuple])),
    fc
      .array(fc.tuple(fc.oneof(text, number, long), tie('value')), { maxLength: 5 })
      .map((entries) => concat([pickle.emptyDict, pickle.mark, ...entries.flat(), pickle.setItems])),
  ),
}));

/** Pickles that are well formed, but for what they recall and where their tensors lie. */
export const pickleValue: fc.Arbitrary<Uint8Array> = anyValue;

/** Pickles of such steps, most of them in a list or dict that is then the value. */
export const pickleProgram: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.array(step, { maxLength: 40 }), fc.constantFrom('list', 'dict', 'bare'))
  .map(([steps, kind]) => {
    const body = concat(steps);
    if (kind === 'bare') return body;
    const [open, close] = kind === 'list' ? [0x5d, 0x65] : [0x7d, 0x75];
    return concat([Uint8Array.of(open), pickle.mark, body, Uint8Array.of(close)]);
  });
