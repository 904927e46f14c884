// Protocol buffers, as far as an ONNX graph needs them: a message is its fields one after another, each a
// number that says which field and what kind, then the value. A library that can do more takes 26 kB of every
// page that traces a model.
//
// While they are put together, bytes are a string with a character for each: engines join strings without
// copying, where thousands of small typed arrays took 13 MB and half the time to load a model.

/** Bytes as a string, a character from 0 to 255 for each. */
export type Bytes = string;

/** How a field's value is laid out. */
const wire = { varint: 0, lengthDelimited: 2, float: 5 } as const;

const utf8 = new TextEncoder();

/** A whole number, an enumeration's or a boolean's field. Negative ones take ten bytes, as int64 does. */
export function integerField(field: number, value: number): Bytes {
  return tag(field, wire.varint) + varint(value);
}

export function floatField(field: number, value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return tag(field, wire.float) + String.fromCharCode(...bytes);
}

export function textField(field: number, text: string): Bytes {
  return messageField(field, isAscii(text) ? text : String.fromCharCode(...utf8.encode(text)));
}

/** A field of another message. */
export function messageField(field: number, message: Bytes): Bytes {
  return lengthPrefix(field, message.length) + message;
}

/** What stands before a field of `length` bytes that are written elsewhere. */
export function lengthPrefix(field: number, length: number): Bytes {
  return tag(field, wire.lengthDelimited) + varint(length);
}

export function toUint8Array(bytes: Bytes): Uint8Array {
  const array = new Uint8Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) array[index] = bytes.charCodeAt(index);
  return array;
}

function tag(field: number, kind: number): Bytes {
  return varint(field * 8 + kind);
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): Bytes {
  if (value < 0) return negativeVarint(value);
  let bytes = '';
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes += String.fromCharCode((rest % 128) + 128);
  return bytes + String.fromCharCode(rest);
}

function negativeVarint(value: number): Bytes {
  let bytes = '';
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes += String.fromCharCode(Number(rest & 127n) | 128);
  return bytes + String.fromCharCode(Number(rest));
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false;
  return true;
}
