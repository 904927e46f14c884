// A weights-only pickle machine for protocols 2 to 5. A pickle is a program for a stack machine that can
// call any Python function; this one calls nothing: what a call means is decided by `PickleMeaning`, out of
// a fixed list. There is no recursion; a budget bounds the work, and with it stack, memo and containers.
//
// Opcodes: Lib/pickletools.py of CPython, which documents each.

import type { Budget } from '@audiozoo/core/plugin';
import {
  dictKey,
  inert,
  isKind,
  type PickleDict,
  type PickleList,
  type PickleStorage,
  type PickleValue,
} from './pickle-value.js';

export interface PickleMeaning {
  /** What calling the global `name` with `args` gives. Throws when it is not known to be harmless. */
  call(name: string, args: readonly PickleValue[]): PickleValue;
  /** What a persistent id stands for: in PyTorch's files, a storage. */
  persistent(id: PickleValue): PickleStorage;
  /** The error for a pickle that is not well formed. */
  malformed(why: string): Error;
}

/** The bytes end before the pickle does. */
export class PickleCutShort extends Error {}

const maxOperations = 4_000_000; // each leaves one value at most
const maxContainers = 500_000;
const maxBigIntegerBytes = 1024;
const maxNameBytes = 512;

/** What opcodes cost, in the budget's steps, beyond the one of each; and what text takes beyond its length. */
const steps = { container: 4, text: 8, item: 4, integerByte: 8 };
const textBytes = 32;
/** Between rests: the dearest take some milliseconds. */
const operationsPerRest = 1024;

/** Reads one pickle that begins at `start`. `end` is where the next may begin. */
export async function unpickle(
  bytes: Uint8Array,
  start: number,
  meaning: PickleMeaning,
  budget: Budget,
): Promise<{ value: PickleValue; end: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const latin1 = new TextDecoder('latin1');
  const { malformed } = meaning;
  const memo: PickleValue[] = [];
  let containers = 0;
  let stored = 0; // how many lie there
  const stack: PickleValue[] = [];
  const marks: number[] = []; // heights of the stack
  let at = start;

  const advance = (count: number): number => {
    const from = at;
    if (count > bytes.length - at) throw new PickleCutShort();
    at += count;
    return from;
  };
  const take = (count: number): Uint8Array => {
    const from = advance(count);
    return bytes.subarray(from, from + count);
  };
  const readByte = () => bytes[advance(1)]!;
  const readUint32 = () => view.getUint32(advance(4), true);
  const readLength8 = (): number => {
    const length = view.getBigUint64(advance(8), true);
    if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('states an impossible length');
    return Number(length);
  };
  /** Text costs by its length, and its memory. */
  const takeText = (count: number): Uint8Array => {
    const encoded = take(count);
    budget.spend(steps.text + (count >> 4));
    budget.take(textBytes + count);
    return encoded;
  };
  const readText = (count: number): string => {
    const encoded = takeText(count);
    try {
      return text.decode(encoded);
    } catch {
      throw malformed('holds text that is not UTF-8');
    }
  };
  const readLine = (): string => {
    const end = bytes.subarray(at, at + maxNameBytes).indexOf(0x0a);
    if (end >= 0) return readText(end + 1).slice(0, -1);
    if (bytes.length - at < maxNameBytes) throw new PickleCutShort();
    throw malformed('holds a name of impossible length');
  };
  const readBigInteger = (count: number): number | bigint => {
    if (count > maxBigIntegerBytes) throw malformed(`holds an integer of ${count} bytes`);
    budget.spend(steps.integerByte * count);
    return littleEndianInteger(take(count));
  };

  const pop = (): PickleValue => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw malformed('takes from an empty stack');
    return stack.pop() as PickleValue;
  };
  const popMark = (): PickleValue[] => {
    const height = marks.pop();
    if (height === undefined) throw malformed('closes a mark that it never opened');
    return stack.splice(height);
  };
  const top = (): PickleValue => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const countContainer = () => {
    if (++containers > maxContainers) throw malformed(`holds more than ${maxContainers} containers`);
    budget.spend(steps.container);
  };
  const makeList = (items: PickleValue[]): PickleList => {
    countContainer();
    return { kind: 'list', items };
  };
  const makeDict = (): PickleDict => {
    countContainer();
    return { kind: 'dict', entries: undefined };
  };
  const popTuple = (count: number): PickleList => {
    const items: PickleValue[] = [];
    for (let index = 0; index < count; index++) items.push(pop());
    return makeList(items.reverse());
  };
  const append = (target: PickleValue, items: readonly PickleValue[]) => {
    if (isKind(target, 'list')) for (const item of items) target.items.push(item);
    else if (!isKind(target, 'inert')) throw malformed('appends to what is not a list');
  };
  const setItem = (target: PickleDict, name: PickleValue, value: PickleValue) => {
    budget.spend(steps.item);
    const key = dictKey(name);
    if (key === undefined) return; // what lies under it has no name
    budget.checkName(key);
    target.entries ??= new Map();
    target.entries.set(key, value);
  };
  /** In turns: there may be a million. */
  const setItems = async (target: PickleValue, items: readonly PickleValue[]): Promise<PickleValue> => {
    if (isKind(target, 'inert')) return target;
    if (!isKind(target, 'dict') || items.length % 2) throw malformed('sets an item of what is not a dict');
    for (let index = 0; index < items.length; index += 2) {
      if (index % operationsPerRest === 0) await budget.rest();
      setItem(target, items[index]!, items[index + 1]!);
    }
    return target;
  };
  const call = (callee: PickleValue, args: PickleValue): PickleValue => {
    if (!isKind(callee, 'global')) throw malformed('calls what is not a function');
    if (!isKind(args, 'list')) throw malformed('calls with arguments that are not a tuple');
    countContainer();
    return meaning.call(callee.name, args.items);
  };
  const store = (index: number) => {
    // Picklers count on, and what is stored takes a byte at least. Without gaps the memo is a plain list.
    if (index >= at) throw malformed('stores a value far beyond the others');
    if (memo[index] === undefined) stored++;
    memo[index] = top();
  };
  const recall = (index: number): PickleValue => {
    const value = memo[index];
    if (value === undefined) throw malformed('recalls what it never stored');
    return value;
  };

  for (let operations = 0; ; operations++) {
    if (operations > maxOperations) throw malformed(`has more than ${maxOperations} operations`);
    if (operations % operationsPerRest === 0) await budget.rest();
    budget.spend();
    const opcode = readByte();
    switch (opcode) {
      case 0x80: {
        // PROTO
        const protocol = readByte();
        if (protocol < 2 || protocol > 5) throw malformed(`is of unknown protocol ${protocol}`);
        break;
      }
      case 0x95: // FRAME
        readLength8(); // a hint for buffering
        break;
      case 0x2e: {
        // STOP
        const value = pop();
        if (stack.length > 0) throw malformed('leaves values behind');
        return { value, end: at };
      }
      case 0x28: // MARK
        marks.push(stack.length);
        break;
      case 0x30: // POP
        pop();
        break;
      case 0x31: // POP_MARK
        popMark();
        break;
      case 0x32: // DUP
        stack.push(top());
        break;

      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
        stack.push(true);
        break;
      case 0x89: // NEWFALSE
        stack.push(false);
        break;
      case 0x4a: // BININT
        stack.push(view.getInt32(advance(4), true));
        break;
      case 0x4b: // BININT1
        stack.push(readByte());
        break;
      case 0x4d: // BININT2
        stack.push(view.getUint16(advance(2), true));
        break;
      case 0x8a: // LONG1
        stack.push(readBigInteger(readByte()));
        break;
      case 0x8b: // LONG4
        stack.push(readBigInteger(readUint32()));
        break;
      case 0x47: // BINFLOAT
        stack.push(view.getFloat64(advance(8), false));
        break;
      case 0x55: // SHORT_BINSTRING
        stack.push(latin1.decode(takeText(readByte()))); // Python 2's str
        break;
      case 0x54: // BINSTRING
        stack.push(latin1.decode(takeText(readUint32())));
        break;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(readText(readByte()));
        break;
      case 0x58: // BINUNICODE
        stack.push(readText(readUint32()));
        break;
      case 0x8d: // BINUNICODE8
        stack.push(readText(readLength8()));
        break;
      case 0x43: // SHORT_BINBYTES
        stack.push(take(readByte()));
        break;
      case 0x42: // BINBYTES
        stack.push(take(readUint32()));
        break;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(take(readLength8()));
        break;

      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push(makeList([]));
        break;
      case 0x6c: // LIST
      case 0x74: // TUPLE
        stack.push(makeList(popMark()));
        break;
      case 0x85: // TUPLE1
        stack.push(popTuple(1));
        break;
      case 0x86: // TUPLE2
        stack.push(popTuple(2));
        break;
      case 0x87: // TUPLE3
        stack.push(popTuple(3));
        break;
      case 0x61: {
        // APPEND
        const item = pop();
        append(top(), [item]);
        break;
      }
      case 0x65: {
        // APPENDS
        const items = popMark();
        append(top(), items);
        break;
      }
      case 0x7d: // EMPTY_DICT
        stack.push(makeDict());
        break;
      case 0x64: // DICT
        stack.push(await setItems(makeDict(), popMark()));
        break;
      case 0x73: {
        // SETITEM
        const value = pop();
        const key = pop();
        const target = top();
        if (isKind(target, 'dict')) setItem(target, key, value);
        else if (!isKind(target, 'inert')) throw malformed('sets an item of what is not a dict');
        break;
      }
      case 0x75: {
        // SETITEMS
        const items = popMark();
        await setItems(top(), items);
        break;
      }
      case 0x8f: // EMPTY_SET
        stack.push(inert); // what lies in a set has no name
        break;
      case 0x90: // ADDITEMS
        popMark();
        break;
      case 0x91: // FROZENSET
        popMark();
        stack.push(inert);
        break;

      case 0x94: // MEMOIZE
        store(stored);
        break;
      case 0x71: // BINPUT
        store(readByte());
        break;
      case 0x72: // LONG_BINPUT
        store(readUint32());
        break;
      case 0x68: // BINGET
        stack.push(recall(readByte()));
        break;
      case 0x6a: // LONG_BINGET
        stack.push(recall(readUint32()));
        break;

      case 0x63: {
        // GLOBAL
        countContainer();
        const module = readLine();
        stack.push({ kind: 'global', name: `${module}.${readLine()}` });
        break;
      }
      case 0x93: {
        // STACK_GLOBAL
        countContainer();
        const name = pop();
        const module = pop();
        if (typeof name !== 'string' || typeof module !== 'string') {
          throw malformed('names a global by what is not text');
        }
        if (name.length + module.length > maxNameBytes) throw malformed('holds a name of impossible length');
        stack.push({ kind: 'global', name: `${module}.${name}` });
        break;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = pop();
        stack.push(call(pop(), args));
        break;
      }
      case 0x92: {
        // NEWOBJ_EX
        pop(); // keyword arguments: none of the calls that mean something here takes any
        const args = pop();
        stack.push(call(pop(), args));
        break;
      }
      case 0x62: // BUILD
        // Attributes of an object (a state dict's `_metadata`): nothing that is kept here has any.
        pop();
        if (isKind(top(), 'global')) throw malformed('sets attributes of a class');
        break;
      case 0x51: // BINPERSID
        stack.push(meaning.persistent(pop()));
        break;
      default:
        throw malformed(`uses opcode 0x${opcode.toString(16).padStart(2, '0')}, which weights do not need`);
    }
  }
}

/** Two's complement, as `pickle.decode_long`; a number where that is exact. */
function littleEndianInteger(bytes: Uint8Array): number | bigint {
  const flip = bytes.at(-1)! >= 0x80 ? 0xff : 0;
  let magnitude = 0; // of a negative number, less one
  for (let place = bytes.length - 1; place >= 0; place--)
    magnitude = magnitude * 256 + (bytes[place]! ^ flip);
  if (Number.isSafeInteger(magnitude + 1)) return flip ? -magnitude - 1 : magnitude;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse();
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${digits.join('')}`));
}
