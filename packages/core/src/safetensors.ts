// Safetensors, read lazily: 8 bytes of header length, a JSON header, then the data. The header is not
// trusted: sizes are bounded before anything is allocated, and the tensors must tile the data exactly,
// as the reference implementation demands, so that nothing can hide in gaps or alias.

import type { ByteSource } from './byte-source.js';
import { bytesPerElement, type DType } from './dtype.js';
import { AudiozooError } from './errors.js';
import { elementCount } from './shape.js';
import type { StoredTensor } from './weights.js';

/** As the reference implementation: 100 MB. */
const maxHeaderBytes = 100_000_000;
/** More than any tensor has. */
const maxRank = 64;

const dtypeNames = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
} as const satisfies Record<string, DType>;

/** The name that safetensors gives a dtype. */
export function safetensorsDType(dtype: DType): string {
  return Object.entries(dtypeNames).find(([, ours]) => ours === dtype)![0];
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads and checks a safetensors header. Throws `safetensors` errors on damaged or hostile files.
 * @see https://github.com/huggingface/safetensors#format
 */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const refuse = (what: string, rest: { expected?: string; got?: string } = {}) =>
    new AudiozooError({
      code: 'safetensors',
      what: `${source.name} is not a sound safetensors file: ${what}`,
      ...rest,
      mend: 'Download or convert it again.',
    });

  if (source.size < 8) throw refuse('it ends before its header', { got: `${source.size} bytes` });
  const prefix = await source.read(0, 8);
  const declared = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(Math.min(source.size - 8, maxHeaderBytes))) {
    throw refuse('the header is longer than allowed', {
      expected: `at most ${Math.min(source.size - 8, maxHeaderBytes)} bytes`,
      got: `${declared}`,
    });
  }
  const headerBytes = Number(declared);
  const dataStart = 8 + headerBytes;

  let text: string;
  let header: unknown;
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }); // a byte order mark is no JSON
    text = decoder.decode(await source.read(8, headerBytes));
    header = JSON.parse(text);
  } catch (cause) {
    if (AudiozooError.isInstance(cause)) throw cause;
    throw refuse('the header is not JSON');
  }
  if (!text.startsWith('{') || !isRecord(header)) throw refuse('the header is not an object');
  const duplicate = firstDuplicateKey(text);
  if (duplicate !== undefined) throw refuse(`the name ${preview(duplicate)} stands twice`);

  const tensors = new Map<string, StoredTensor>();
  const ranges: { name: string; start: number; end: number }[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isRecord(entry) || !Object.values(entry).every((value) => typeof value === 'string')) {
        throw refuse('__metadata__ is not a record of strings');
      }
      metadata = entry as Record<string, string>;
      continue;
    }
    const quoted = preview(name);
    if (!isRecord(entry)) throw refuse(`entry ${quoted} is not an object`);
    const { dtype: dtypeName, shape, data_offsets: offsets } = entry;
    if (typeof dtypeName !== 'string' || !Object.hasOwn(dtypeNames, dtypeName)) {
      throw refuse(`tensor ${quoted} has an unknown dtype`, {
        expected: Object.keys(dtypeNames).join(', '),
        got: preview(dtypeName),
      });
    }
    const dtype = dtypeNames[dtypeName as keyof typeof dtypeNames];
    if (!isCounts(shape, maxRank))
      throw refuse(`tensor ${quoted} has no valid shape`, { got: preview(shape) });
    if (!isCounts(offsets, 2) || offsets.length !== 2) {
      throw refuse(`tensor ${quoted} has no valid data_offsets`, { got: preview(offsets) });
    }
    const [start, end] = offsets as [number, number];
    const bytes = elementCount(shape) * bytesPerElement(dtype);
    if (!Number.isSafeInteger(bytes) || end - start !== bytes) {
      throw refuse(`tensor ${quoted} does not fill its range`, {
        expected: `${bytes} bytes`,
        got: `${end - start}`,
      });
    }
    if (dataStart + end > source.size) {
      throw refuse(`tensor ${quoted} ends behind the file`, {
        expected: `at least ${dataStart + end} bytes in all`,
        got: `${source.size}`,
      });
    }
    ranges.push({ name, start, end });
    tensors.set(name, { dtype, shape, source, offset: dataStart + start });
  }

  ranges.sort((a, b) => a.start - b.start || a.end - b.end);
  let position = 0;
  for (const { name, start, end } of ranges) {
    if (start !== position) {
      throw refuse(`tensor ${preview(name)} ${start < position ? 'overlaps another' : 'leaves a gap'}`, {
        expected: `a start at ${position}`,
        got: `${start}`,
      });
    }
    position = end;
  }
  if (dataStart + position !== source.size) {
    throw refuse('the file is longer than its tensors', {
      expected: `${dataStart + position} bytes`,
      got: `${source.size}`,
    });
  }
  return { tensors, metadata };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown, maxLength: number): value is number[] {
  if (!Array.isArray(value) || value.length > maxLength) return false;
  return value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** A value as a message can show it, however deep or long a hostile one is. */
function preview(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.slice(0, 8).map((item) => (typeof item === 'object' ? '…' : preview(item)));
    return `[${items.join(', ')}${value.length > 8 ? ', …' : ''}]`;
  }
  if (isRecord(value)) return 'an object';
  if (typeof value === 'string' && value.length > 100) return JSON.stringify(`${value.slice(0, 100)}…`);
  return String(JSON.stringify(value));
}

/**
 * JSON.parse keeps the last of two equal keys without a word, and readers disagree on which counts. So
 * scan the (valid) text for the keys of every object.
 */
function firstDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // a set for an object, undefined for a list
  let expectKey = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') {
      const start = index;
      for (index++; text[index] !== '"'; index++) if (text[index] === '\\') index++;
      const keys = open.at(-1);
      if (keys && expectKey) {
        const key = JSON.parse(text.slice(start, index + 1)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
        expectKey = false;
      }
    } else if (character === '{') {
      open.push(new Set());
      expectKey = true;
    } else if (character === '[') {
      open.push(undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === ',') {
      expectKey = open.at(-1) !== undefined;
    }
  }
  return undefined;
}
