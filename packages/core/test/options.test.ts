import { AudiozooError } from '@audiozoo/core';
import { checkOptions, describeValue, type OptionKinds } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';

interface Options {
  readonly topK?: number | undefined;
  readonly sampleRate?: number | undefined;
  readonly channel?: number | 'mean' | undefined;
  readonly onProgress?: (() => void) | undefined;
  readonly dtype?: 'float32' | 'float16' | undefined;
  readonly signal?: AbortSignal | undefined;
}
const kinds = {
  topK: 'number',
  sampleRate: 'number',
  channel: ['number', 'string'],
  onProgress: 'function',
  dtype: { choices: ['float32', 'float16'] },
  signal: 'signal',
} as const satisfies OptionKinds<Options>;

function refusal(options: unknown): AudiozooError {
  try {
    checkOptions('classify', options, kinds);
  } catch (error) {
    expect(AudiozooError.isInstance(error, 'argument'), String(error)).toBe(true);
    return error as AudiozooError;
  }
  return expect.unreachable('it was accepted');
}

describe('options', () => {
  test.each([
    {},
    { topK: 3, channel: 0, signal: new AbortController().signal },
    { topK: undefined, channel: 'mean', onProgress() {}, dtype: 'float16' },
    { topk: undefined }, // absent, whatever its name
    Object.create(null),
  ])('that are known and of their kind are taken: %o', (options) => {
    expect(() => checkOptions('classify', options, kinds)).not.toThrow();
  });

  test.each([
    ['topk', 'topK'],
    ['top_k', 'topK'],
    ['TOPK', 'topK'],
    ['sampling_rate', 'sampleRate'],
    ['samplerate', 'sampleRate'],
    ['chanel', 'channel'],
    ['onprogress', 'onProgress'],
  ])('%s is refused, and %s is what was meant', (name, meant) => {
    const { message } = refusal({ [name]: 1 });
    expect(message).toBe(
      `classify has no option "${name}": expected some of topK, sampleRate, channel, onProgress, dtype, signal. Did you mean \`${meant}\`?`,
    );
  });

  test('that mean none of the known ones are refused without a guess', () => {
    expect(refusal({ temperature: 1 }).hint).toBe('Leave it out.');
    expect(refusal({ ['x'.repeat(100_000)]: 1 }).message.length).toBeLessThan(300);
    expect(refusal({ constructor: 1 }).message).toContain('no option "constructor"');
  });

  test.each<[object, string]>([
    [{ topK: '3' }, 'option topK of classify cannot be used: expected a number, got "3".'],
    [{ topK: Number.NaN }, 'option topK of classify cannot be used: expected a number, got NaN.'],
    [{ topK: null }, 'expected a number, got null'],
    [{ topK: Symbol('a') }, 'expected a number, got Symbol(a)'],
    [{ channel: {} }, 'expected a number or a text, got an empty object'],
    [{ dtype: 'int8' }, 'expected float32 or float16, got "int8"'],
    [{ onProgress: true }, 'expected a function, got true'],
    [{ signal: {} }, 'expected an AbortSignal, got an empty object'],
    [
      { signal: new AbortController() },
      'expected an AbortSignal, got an AbortController. Pass its `signal`.',
    ],
  ])('of another kind are refused: %o', (options, words) => {
    expect(refusal(options).message).toContain(words);
  });

  test.each([null, 5, 'topK', [], new Float32Array(2), () => {}, Symbol('a')])(
    'that are no record are refused: %o',
    (options) => {
      expect(refusal(options).message).toContain('the options of classify are none: expected some of topK');
    },
  );
});

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  [Number.NaN, 'NaN'],
  [3n, '3'],
  ['six', '"six"'],
  ['x'.repeat(50), `"${'x'.repeat(40)}…"`],
  [() => {}, 'a function'],
  [[], 'an empty list'],
  [[1, 2], 'a list of 2'],
  [{}, 'an empty object'],
  [{ a: 1, b: 2 }, 'an object with a, b'],
  [Object.fromEntries([...'abcdefgh'].map((key) => [key, 1])), 'an object with a, b, c, d, e, f, …'],
  [Object.create(null), 'an empty object'],
  [new Int16Array(2), 'an Int16Array'],
  [new Uint8Array(2), 'a Uint8Array'],
  [Promise.resolve(), 'a Promise'],
  [new URL('http://a'), 'a URL'],
  [new Map(), 'a Map'],
])('%o is described in a few words', (value, words) => {
  expect(describeValue(value)).toBe(words);
});
