import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';

const patterns = Array.from({ length: 0x10000 }, (_, bits) => bits);

// From PyTorch 2: torch.tensor(value, dtype=torch.float64).half() and .bfloat16(), viewed as int16.
const knownRoundings: [value: number, float16: number, bfloat16: number][] = [
  [1 / 3, 0x3555, 0x3eab],
  [-1 / 3, 0xb555, 0xbeab],
  [0.1, 0x2e66, 0x3dcd],
  [-0, 0x8000, 0x8000],
  [65504, 0x7bff, 0x4780],
  [65519.996, 0x7bff, 0x4780],
  [65520, 0x7c00, 0x4780],
  [2049, 0x6800, 0x4500],
  [2051, 0x6802, 0x4500],
  [6.1e-5, 0x3ff, 0x3880],
  [1e-5, 0xa8, 0x3728],
  [5.9e-8, 1, 0x337d],
  [2 ** -24, 1, 0x3380],
  [2 ** -25, 0, 0x3300],
  [2 ** -25 * 1.0001, 1, 0x3300],
];

const formats = [
  {
    name: 'float16',
    toNumber: float16ToNumber,
    fromNumber: numberToFloat16,
    infinity: 0x7c00,
    known: knownRoundings.map(([value, bits]) => [value, bits] as const),
  },
  {
    name: 'bfloat16',
    toNumber: bfloat16ToNumber,
    fromNumber: numberToBfloat16,
    infinity: 0x7f80,
    known: knownRoundings.map(([value, , bits]) => [value, bits] as const),
  },
];

describe.each(formats)('$name', ({ toNumber, fromNumber, infinity, known }) => {
  test('every bit pattern comes back from its number', () => {
    const changed = patterns.filter((bits) => {
      const value = toNumber(bits);
      return Number.isNaN(value) ? !Number.isNaN(toNumber(fromNumber(value))) : fromNumber(value) !== bits;
    });
    expect(changed).toEqual([]);
  });

  test('exactly the patterns above infinity are NaN', () => {
    const nan = patterns.filter((bits) => Number.isNaN(toNumber(bits)));
    expect(nan).toEqual(patterns.filter((bits) => (bits & 0x7fff) > infinity));
  });

  test('numbers grow with their bits', () => {
    const values = patterns.slice(0, infinity + 1).map(toNumber);
    expect(values.every((value, index) => index === 0 || value > values[index - 1]!)).toBe(true);
    expect(values.at(-1)).toBe(Number.POSITIVE_INFINITY);
  });

  test('between two neighbors the nearer one wins, and at the middle the even one', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < infinity - 1; bits++) {
      const [low, high] = [toNumber(bits), toNumber(bits + 1)];
      const middle = (low + high) / 2;
      const step = (high - low) / 1024;
      const even = bits % 2 === 0 ? bits : bits + 1;
      for (const sign of [0, 0x8000]) {
        const signed = (value: number) => fromNumber(sign ? -value : value);
        if (signed(middle) !== (sign | even)) wrong.push(sign | bits);
        if (signed(middle - step) !== (sign | bits)) wrong.push(sign | bits);
        if (signed(middle + step) !== (sign | (bits + 1))) wrong.push(sign | bits);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('rounds as PyTorch does', () => {
    expect(known.map(([value]) => fromNumber(value))).toEqual(known.map(([, bits]) => bits));
  });

  test('what is out of range becomes infinity of its sign', () => {
    expect(fromNumber(3.4e38 * 1.01)).toBe(infinity);
    expect(fromNumber(-1e300)).toBe(0x8000 | infinity);
    expect(fromNumber(Number.NEGATIVE_INFINITY)).toBe(0x8000 | infinity);
  });
});
