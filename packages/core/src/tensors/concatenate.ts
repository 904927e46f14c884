/** Parts one after the other, as one array of memory of its own: `concatenate(Uint8Array, pieces)`. */
export function concatenate<Elements extends Uint8Array | Float32Array>(
  ofType: new (length: number) => Elements,
  parts: readonly ArrayLike<number>[],
): Elements {
  const whole = new ofType(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
