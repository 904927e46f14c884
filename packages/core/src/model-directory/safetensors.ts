// Safetensors, read lazily: 8 bytes of header length, a JSON header, then the data. The header is not
// trusted: sizes are bounded before anything is allocated, and the tensors must tile the data exactly,
// as the reference implementation demands, so that nothing can hide in gaps or alias.

import type { Budget } from '../checks/budget.js';
import { preview, quote } from '../checks/quote.js';
import { type AudiozooError, type Refuse, refusing } from '../errors.js';
import type { ByteSource } from '../files/byte-source.js';
import { bytesPerElement, type DType } from '../tensors/dtype.js';
import { elementCount } from '../tensors/shape.js';
import { jsonBudget, jsonParts } from './json.js';
import type { StoredTensor } from './weights.js';

/** More than any tensor has. */
const maxRank = 64;
/** Characters of an entry, more than one of that rank takes. */
const maxEntryLength = 4096;
/** What a piece of metadata costs, in steps. */
const stepsPerMetadata = 100;

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

export interface ReadSafetensorsOptions {
  readonly signal?: AbortSignal | undefined;
  /** What the header may cost, where several files share it; one of its own when absent. */
  readonly budget?: Budget | undefined;
}

/**
 * Reads and checks a safetensors header. Throws `safetensors` errors on damaged or hostile files.
 * @see https://github.com/huggingface/safetensors#format
 */
export async function readSafetensors(
  source: ByteSource,
  { signal, budget = jsonBudget(source.name, 'safetensors', signal) }: ReadSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  const refuse = refusing('safetensors', `${source.name} is not a valid safetensors file:`, {
    hint: 'Download or convert it again.',
  });
  const { text, dataStart } = await readHeader(source, budget, refuse);
  const tensors = new Map<string, StoredTensor>();
  const ranges: Range[] = [];
  let metadata: Record<string, string> | undefined;
  try {
    for (const part of jsonParts(text, budget)) {
      await budget.rest();
      if (!part) continue;
      const { key: name, value } = part;
      // Of two equal names JSON.parse keeps the last without a word, and readers disagree on which counts.
      if (tensors.has(name) || (name === '__metadata__' && metadata)) throw standsTwice(name, refuse);
      if (name === '__metadata__') {
        metadata = await readMetadata(value, budget, refuse);
        continue;
      }
      const { dtype, shape, start, end } = readEntry(name, value, budget, refuse);
      if (dataStart + end > source.size) {
        throw refuse(`tensor ${quote(name)} ends behind the file`, {
          expected: `at least ${dataStart + end} bytes in all`,
          got: `${source.size}`,
        });
      }
      ranges.push({ name, start, end });
      tensors.set(name, { dtype, shape, source, offset: dataStart + start });
    }
  } catch (cause) {
    if (cause instanceof SyntaxError) throw refuse('the header is not JSON');
    throw cause;
  }
  checkTiling(ranges, source.size - dataStart, refuse);
  return { tensors, metadata: metadata ?? {} };
}

interface Range {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function standsTwice(name: string, refuse: Refuse): AudiozooError {
  return refuse(`the name ${quote(name)} stands twice`);
}

async function readHeader(
  source: ByteSource,
  budget: Budget,
  refuse: Refuse,
): Promise<{ text: string; dataStart: number }> {
  if (source.size < 8) throw refuse('it ends before its header', { got: `${source.size} bytes` });
  const prefix = await source.read(0, 8);
  const declared = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(source.size - 8)) {
    throw refuse('the header is longer than allowed', {
      expected: `at most ${source.size - 8} bytes`,
      got: `${declared}`,
    });
  }
  const length = Number(declared);
  budget.take(length);
  const bytes = await source.read(8, length);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes); // such a mark is no JSON
  } catch {
    throw refuse('the header is not JSON');
  }
  if (/^[ \n\r\t[]/.test(text)) throw refuse('the header is not an object');
  return { text, dataStart: 8 + length };
}

/** An entry's members, each once, as text. */
function readFields(text: string, budget: Budget, refuse: Refuse): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const part of jsonParts(text, budget)) {
    if (!part) continue;
    if (fields.has(part.key)) throw standsTwice(part.key, refuse);
    fields.set(part.key, part.value);
  }
  return fields;
}

async function readMetadata(text: string, budget: Budget, refuse: Refuse): Promise<Record<string, string>> {
  const entries = new Map<string, string>();
  for (const part of text.startsWith('{') ? jsonParts(text, budget) : []) {
    await budget.rest();
    if (!part) continue;
    budget.spend(stepsPerMetadata);
    const { key, value } = part;
    if (!value.startsWith('"')) throw refuse('__metadata__ is not a record of strings');
    if (entries.has(key)) throw standsTwice(key, refuse);
    entries.set(key, JSON.parse(value) as string);
  }
  if (!text.startsWith('{')) throw refuse('__metadata__ is not a record of strings');
  return Object.fromEntries(entries);
}

function readEntry(
  name: string,
  text: string,
  budget: Budget,
  refuse: Refuse,
): Pick<StoredTensor, 'dtype' | 'shape'> & Range {
  if (!text.startsWith('{')) throw refuse(`entry ${quote(name)} is not an object`);
  if (text.length > maxEntryLength) throw refuse(`entry ${quote(name)} is too long`);
  const fields = readFields(text, budget, refuse);
  const field = (key: string): unknown => JSON.parse(fields.get(key) ?? 'null');
  const [dtypeName, shape, offsets] = [field('dtype'), field('shape'), field('data_offsets')];
  if (typeof dtypeName !== 'string' || !Object.hasOwn(dtypeNames, dtypeName)) {
    throw refuse(`tensor ${quote(name)} has an unknown dtype`, {
      expected: Object.keys(dtypeNames).join(', '),
      got: preview(dtypeName),
    });
  }
  const dtype = dtypeNames[dtypeName as keyof typeof dtypeNames];
  if (!isCounts(shape, maxRank)) {
    throw refuse(`tensor ${quote(name)} has no valid shape`, { got: preview(shape) });
  }
  if (!isCounts(offsets, 2) || offsets.length !== 2) {
    throw refuse(`tensor ${quote(name)} has no valid data_offsets`, { got: preview(offsets) });
  }
  const [start, end] = offsets as [number, number];
  const bytes = elementCount(shape) * bytesPerElement(dtype);
  if (!Number.isSafeInteger(bytes) || end - start !== bytes) {
    throw refuse(`tensor ${quote(name)} does not fill its range`, {
      expected: `${bytes} bytes`,
      got: `${end - start}`,
    });
  }
  return { name, dtype, shape, start, end };
}

/** One tensor must begin where the one before ends: nothing hides in gaps, nothing is read twice. */
function checkTiling(ranges: Range[], dataBytes: number, refuse: Refuse): void {
  ranges.sort((a, b) => a.start - b.start || a.end - b.end);
  let position = 0;
  for (const { name, start, end } of ranges) {
    if (start !== position) {
      throw refuse(`tensor ${quote(name)} ${start < position ? 'overlaps another' : 'leaves a gap'}`, {
        expected: `a start at ${position}`,
        got: `${start}`,
      });
    }
    position = end;
  }
  if (position !== dataBytes) {
    throw refuse('the file is longer than its tensors', {
      expected: `${position} bytes behind the header`,
      got: `${dataBytes}`,
    });
  }
}

function isCounts(value: unknown, maxLength: number): value is number[] {
  if (!Array.isArray(value) || value.length > maxLength) return false;
  return value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
