// Options are records, and JavaScript ignores what nobody reads of one: a slip such as `topk` would do nothing, and nobody
// would notice. Whatever takes options checks their names and kinds here first.

import { AudiozooError } from '../errors.js';
import { describeValue } from './describe-value.js';
import { nearest } from './nearest.js';

type SingleKind =
  | 'number'
  | 'count'
  | 'string'
  | 'boolean'
  | 'function'
  | 'list'
  | 'record'
  | 'signal'
  | 'any';

/**
 * What an option may be: a kind, one of several, or one of a few texts. `undefined` is always allowed, and means absent;
 * NaN never.
 */
export type OptionKind = SingleKind | readonly SingleKind[] | { readonly choices: readonly string[] };

/** What options are called in messages, and what stands before their names in paths. */
interface OptionWords {
  readonly noun?: string;
  readonly path?: string;
}

/** A kind for every option there is. With `satisfies` it cannot fall behind the interface. */
export type OptionKinds<Options> = { readonly [Name in keyof Options]-?: OptionKind };

const kinds: Readonly<Record<SingleKind, { readonly name: string; fits(value: unknown): boolean }>> = {
  number: { name: 'a number', fits: (value) => typeof value === 'number' && !Number.isNaN(value) },
  count: {
    name: 'a whole number from 1',
    fits: (value) => Number.isInteger(value) && Number(value) >= 1,
  },
  string: { name: 'a text', fits: (value) => typeof value === 'string' },
  boolean: { name: 'true or false', fits: (value) => typeof value === 'boolean' },
  function: { name: 'a function', fits: (value) => typeof value === 'function' },
  list: { name: 'a list', fits: Array.isArray },
  record: { name: 'an object', fits: isRecord },
  signal: { name: 'an AbortSignal', fits: (value) => value instanceof AbortSignal },
  any: { name: 'anything', fits: () => true },
};

/**
 * Throws an `argument` error unless `options` is a record of these options: one that names the first that is unknown
 * and the one that was probably meant, or what the first that does not fit should be. `of` is what takes them: `classify`.
 */
export function checkOptions(
  of: string,
  options: unknown,
  known: Readonly<Record<string, OptionKind>>,
  { noun = 'option', path = '' }: OptionWords = {},
): void {
  if (!isRecord(options)) {
    throw new AudiozooError({
      code: 'argument',
      what: `the ${noun}s of ${of} are none`,
      expected: someOf(known),
      got: describeValue(options),
    });
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(known, name)) throw unknownOption(of, name, known, { noun, path });
    const expected = misfit(value, known[name]!);
    if (expected === undefined) continue;
    throw new AudiozooError({
      code: 'argument',
      what: `${noun} ${name} of ${of} cannot be used`,
      expected,
      got: describeValue(value),
      option: `${path}${name}`,
      ...(value instanceof AbortController && { hint: 'Pass its `signal`.' }),
    });
  }
}

/** What the value should be; undefined when it is that. */
function misfit(value: unknown, kind: OptionKind): string | undefined {
  if (typeof kind === 'object' && 'choices' in kind) {
    return kind.choices.includes(value as string) ? undefined : oneOf(kind.choices);
  }
  const allowed = [kind].flat().map((single) => kinds[single as SingleKind]);
  return allowed.some(({ fits }) => fits(value)) ? undefined : oneOf(allowed.map(({ name }) => name));
}

/** `a, b or c` */
function oneOf(names: readonly string[]): string {
  return names.join(', ').replace(/, ([^,]*)$/, ' or $1');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function unknownOption(
  of: string,
  name: string,
  known: Readonly<Record<string, OptionKind>>,
  { noun, path }: Required<OptionWords>,
): AudiozooError {
  const meant = nearest(name, Object.keys(known));
  return new AudiozooError({
    code: 'argument',
    what: `${of} has no ${noun} ${describeValue(name)}`,
    expected: someOf(known),
    option: `${path}${name}`,
    hint: meant === undefined ? 'Leave it out.' : `Did you mean \`${meant}\`?`,
  });
}

function someOf(known: object): string {
  return Object.keys(known).length > 0 ? `some of ${Object.keys(known).join(', ')}` : 'none';
}
