import { tensor } from '@audiozoo/core';
import { checkInputs, checkOutputs, chooseOutputs } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';

const specifications = { x: { shape: [2, 3] }, y: { shape: [] } };
const input = (...shape: number[]) =>
  tensor('float32', shape, new Float32Array(shape.reduce((count, size) => count * size, 1)));

describe('checkInputs', () => {
  test('returns the batch', () => {
    expect(checkInputs(specifications, { x: input(4, 2, 3), y: input(4) })).toBe(4);
  });

  test('names what it wants and what it got', () => {
    expect(() => checkInputs(specifications, { x: input(1, 2, 3) })).toThrow('expected "x", "y", got "x"');
    expect(() => checkInputs(specifications, {})).toThrow('expected "x", "y", got none');
    expect(() => checkInputs({}, { x: input(1) })).toThrow('expected none, got "x"');
  });

  test('takes no inherited property for an input', () => {
    const inherited = Object.create({ y: input(1) }, { x: { value: input(1, 2, 3), enumerable: true } });
    expect(() => checkInputs(specifications, inherited)).toThrow('got "x"');
    expect(() => checkInputs({ toString: { shape: [] } }, { x: input(1) })).toThrow('expected "toString"');
  });

  test.each([
    [[4, 3, 2], '[4, 2, 3]'],
    [[4, 6], '[4, 2, 3]'],
    [[2, 3], '[2, 2, 3]'],
    [[], '[1, 2, 3]'],
    [[0, 2, 3], '[1, 2, 3]'],
  ])('refuses the shape %j and says that %s fits', (shape, expected) => {
    expect(() => checkInputs(specifications, { x: input(...shape), y: input(4) })).toThrow(
      `input "x" does not fit the model: expected ${expected}`,
    );
  });

  test('refuses batches that differ', () => {
    expect(() => checkInputs(specifications, { x: input(4, 2, 3), y: input(3) })).toThrow(
      'input "y" does not fit the model: expected [4], got [3]',
    );
  });

  test('refuses data of another length or dtype than the record says', () => {
    const short = { ...input(4), data: new Float32Array(3) };
    expect(() => checkInputs({ y: { shape: [] } }, { y: short })).toThrow(
      'expected 4 float32 elements, got 3',
    );
    const halves = tensor('float16', [4], new Uint16Array(4)) as never;
    expect(() => checkInputs({ y: { shape: [] } }, { y: halves })).toThrow('got 4 float16 elements');
  });
});

describe('checkInputs of whole numbers', () => {
  const tokens = { tokens: { shape: [2], dtype: 'int64', below: 30 } } as const;
  const ids = (...values: number[]) => ({
    tokens: tensor('int64', [values.length / 2, 2], BigInt64Array.from(values, BigInt)),
  });

  test('takes those that the model knows, as a BigInt64Array', () => {
    expect(checkInputs(tokens, ids(0, 29, 5, 5))).toBe(2);
  });

  test.each([[30], [-1]])('refuses %d, and says which there are', (value) => {
    expect(() => checkInputs(tokens, ids(0, value))).toThrow(
      `input "tokens" holds a number that the model does not know: expected whole numbers from 0 to 29, got ${value}`,
    );
  });

  test('refuses floats in their place, and them in place of floats', () => {
    expect(() => checkInputs(tokens, { tokens: input(1, 2) })).toThrow('expected 2 int64 elements');
    expect(() => checkInputs({ tokens: { shape: [2] } }, ids(1, 2))).toThrow('got 2 int64 elements');
  });
});

describe('checkOutputs', () => {
  test('are all when none are named, else those named', () => {
    expect(checkOutputs(specifications, undefined)).toEqual(['x', 'y']);
    expect(checkOutputs(specifications, ['y'])).toEqual(['y']);
  });

  test('refuses names that the model lacks', () => {
    expect(() => checkOutputs(specifications, ['y', 'z', 'toString'])).toThrow(
      'the model has no such output: expected "x", "y", got "z", "toString"',
    );
  });
});

describe('chooseOutputs', () => {
  const { x, y } = specifications;
  const some = { x: x!, y: { ...y!, onRequest: true } };

  test('are all but those on request when none are named', () => {
    expect(chooseOutputs(some, undefined)).toEqual({ x });
  });

  test('are those named, each once, which runs then compute without being asked', () => {
    const chosen = chooseOutputs(some, ['y', 'y']);
    expect(chosen).toEqual({ y });
    expect(checkOutputs(chosen, undefined)).toEqual(['y']);
  });

  test('refuses to choose nothing', () => {
    expect(() => chooseOutputs(some, [])).toThrow('a model must compute something');
  });

  test('shows a few names of many', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`layer${index}`, x!]));
    expect(() => chooseOutputs(many, ['layer20'])).toThrow('"layer11" and 8 more, got "layer20"');
  });
});
