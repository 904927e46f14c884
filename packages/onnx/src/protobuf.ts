// Protocol buffers, as far as an ONNX graph needs them: a message is its fields one after another, each a
// number that says which field and what kind, then the value. A library that can do more takes 26 kB of every
// page that traces a model.

/** How a field's value is laid out. */
const wire = { varint: 0, lengthDelimited: 2, float: 5 } as const;

const utf8 = new TextEncoder();

/** A whole number, an enumeration's or a boolean's field. Negative ones take ten bytes, as int64 does. */
export function integerField(field: number, value: number): Uint8Array {
  return concatenate(tag(field, wire.varint), varint(value));
}

export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concatenate(tag(field, wire.float), bytes);
}

/** A field of text, bytes, or another message. */
export function bytesField(field: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? utf8.encode(value) : value;
  return concatenate(bytesPrefix(field, bytes.length), bytes);
}

/** What stands before the bytes of such a field. */
export function bytesPrefix(field: number, length: number): Uint8Array {
  return concatenate(tag(field, wire.lengthDelimited), varint(length));
}

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

function tag(field: number, kind: number): Uint8Array {
  return varint(field * 8 + kind);
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.of(...bytes, Number(rest));
}
