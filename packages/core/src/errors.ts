// One error class for every package. It is branded with a registered symbol rather than told apart by
// `instanceof`, so that it is recognized across two copies of core in one program.

import { clip } from './checks/quote.js';

const brand = Symbol.for('audiozoo.error');

/** Where the project's documentation is read. */
export const siteUrl = 'https://audiozoo.github.io/audiozoo/';

/** What went wrong, for programs. The message is for people. */
export type ErrorCode =
  | 'argument' // an option or argument is wrong
  | 'audio' // sound that cannot be used: not audio, NaN, empty, an absurd rate
  | 'audio-too-short' // fewer samples than one analysis window
  | 'audio-too-long' // more samples than the model's input holds
  | 'checkpoint' // a PyTorch file that is damaged, hostile or not a state dict
  | 'safetensors' // a safetensors file that is damaged or hostile
  | 'weights' // weights that do not fit the model
  | 'model' // a model directory or config that cannot be understood
  | 'shape' // tensors whose shapes do not fit an operation
  | 'device' // a device or runtime that is not there
  | 'runtime' // the runtime failed while running
  | 'disposed' // used after dispose
  | 'file'; // a file cannot be read or written

/** Facts of an error for programs, under names that its code explains: plain values, which can be posted. */
export type ErrorDetails = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[] | undefined>
>;

/** An error as a plain record, which can be posted to another thread; `new AudiozooError(record)` is the error. */
export interface ErrorDescription {
  readonly code: ErrorCode;
  /** What is wrong, as a sentence's start: `weight "a.b" does not fit`. */
  readonly what: string;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
  /** How to mend it: a whole sentence. */
  readonly hint?: string | undefined;
  /** The option it is about, by its name in the library (`topK`, `settings.heads`); several where each may mend it. */
  readonly option?: string | readonly string[] | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
}

/** Characters of each part of a message: longer ones hide what they say. How to mend it may hold paths. */
const mostCharacters = { what: 800, found: 400, hint: 1200 };

/** An error that says what is wrong, what was expected, what came instead, and how to mend it. */
export class AudiozooError extends Error implements ErrorDescription {
  declare readonly code: ErrorCode;
  declare readonly what: string;
  declare readonly expected: string | undefined;
  declare readonly got: string | undefined;
  declare readonly hint: string | undefined;
  declare readonly option: string | readonly string[] | undefined;
  declare readonly details: ErrorDetails | undefined;
  /** The address of what the documentation says of errors of this code. */
  declare readonly help: string;
  readonly [brand] = true;

  constructor({ code, option, details, cause, ...parts }: ErrorDescription) {
    const what = clip(parts.what, mostCharacters.what);
    const [expected, got] = [parts.expected, parts.got].map(
      (part) => part && clip(part, mostCharacters.found),
    );
    const hint = parts.hint && clip(parts.hint, mostCharacters.hint);
    const found = [expected && `expected ${expected}`, got && `got ${got}`].filter(Boolean).join(', ');
    super(
      `${what}${found ? `: ${found}` : ''}.${hint ? ` ${hint}` : ''}`,
      cause === undefined ? {} : { cause },
    );
    const help = `${siteUrl}errors#${code}`;
    // All at once: each of them by itself would be more code in every page.
    Object.assign(this, { name: 'AudiozooError', code, what, expected, got, hint, option, details, help });
  }

  /** Whether `error` is an audiozoo error (of this code, when given), from whichever copy of core. */
  static isInstance(error: unknown, code?: ErrorCode): error is AudiozooError {
    const branded = brand in Object(error);
    return branded && (code === undefined || (error as AudiozooError).code === code);
  }
}

/** Makes an error: why, and what else there is to say. */
export type Refuse = (why: string, more?: Omit<ErrorDescription, 'code' | 'what'>) => AudiozooError;

/** A maker of errors about one thing: what is wrong goes on from `name`, as `holds no samples` does. */
export function refusing(
  code: ErrorCode,
  name: string,
  common: Omit<ErrorDescription, 'code' | 'what'> = {},
): Refuse {
  return (why, more) => new AudiozooError({ code, what: `${name} ${why}`, ...common, ...more });
}

/**
 * What was thrown, as a record without its cause, which need not be possible to post. What is no audiozoo error
 * becomes a `runtime` error, `what` saying whose.
 */
export function errorDescription(thrown: unknown, what: string): ErrorDescription {
  if (!AudiozooError.isInstance(thrown)) {
    return { code: 'runtime', what, got: String(thrown).replace(/\.$/, '') };
  }
  const { code, what: own, expected, got, hint, option, details } = thrown;
  return { code, what: own, expected, got, hint, option, details };
}

/**
 * An error's message where options go by other names, such as flags or the fields of a form. Those that `nameOf` does
 * not know keep theirs.
 */
export function errorMessage(
  { code, what, expected, got, hint = '', option = [] }: ErrorDescription,
  nameOf: (option: string) => string | undefined,
): string {
  let phrased = hint;
  const unsaid: string[] = [];
  for (const path of [option].flat()) {
    const name = nameOf(path);
    const ours = `\`${path.split('.').at(-1)}\``;
    if (name === undefined) continue;
    if (hint.includes(ours)) phrased = phrased.replaceAll(ours, name);
    else unsaid.push(name);
  }
  if (unsaid.length > 0) phrased = `${phrased} See ${unsaid.join(', ')}.`.trimStart();
  return new AudiozooError({ code, what, expected, got, hint: phrased || undefined }).message;
}
