// JSON of strangers. What parsing would make of a text is counted before it is parsed: `JSON.parse` cannot be told to
// stop, and what it makes may be so deep that nothing else can walk through it. Small files are parsed whole; long
// lists and records are taken apart and parsed member by member, so that others get their turn in between.

import { type Budget, createBudget } from '../checks/budget.js';
import { preview, quote } from '../checks/quote.js';
import { AudiozooError, type ErrorCode } from '../errors.js';
import { parsePythonJson } from './python-json.js';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** What one text that is parsed whole may cost: 30,000 labels in both directions are a tenth of a second, a tokenizer of 50,000 words is as much. */
const wholeLimits = { operations: 2_000_000, bytes: 6_000_000 };
/** What one text that is parsed member by member may cost: a header of 150,000 tensors. */
const partsLimits = { operations: 24_000_000, bytes: 20_000_000 };
/** What parts of a text cost, in a budget's steps: an object whose keys no other has is the slowest to make. */
const steps = { key: 16, open: 4, comma: 2 };

/** What one JSON text may cost that is parsed member by member. */
export function jsonBudget(name: string, code: ErrorCode, signal?: AbortSignal): Budget {
  return createBudget({ name, code, ...partsLimits, signal });
}

/** Text → a JSON object, or a `model` error that names the file. */
export function parseJsonObject(text: string, file: string): JsonObject {
  const budget = createBudget({ name: file, code: 'model', ...wholeLimits });
  budget.take(text.length);
  let value: Json;
  try {
    checkWhole(text, budget);
    value = parsePythonJson(text) as Json;
  } catch (cause) {
    if (AudiozooError.isInstance(cause)) throw cause;
    throw new AudiozooError({
      code: 'model',
      what: `${file} is not JSON`,
      expected: 'a JSON object',
      got: quote(text.slice(0, 40)),
      hint: 'Download the file again; an HTML error page may have been saved in its place.',
      cause,
    });
  }
  if (isJsonObject(value)) return value;
  throw new AudiozooError({
    code: 'model',
    what: `${file} does not hold an object`,
    expected: 'a JSON object',
    got: Array.isArray(value) ? 'a list' : preview(value),
  });
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws unless a text is one value, whose parsing the budget can pay. */
function checkWhole(text: string, budget: Budget): void {
  const scan = valueEnd(text, skipSpace(text, 0), budget);
  let step = scan.next();
  while (!step.done) step = scan.next();
  if (skipSpace(text, step.value) < text.length) throw new SyntaxError('something behind the end');
}

/** Refuses files longer than are ever parsed whole, before they are read. */
export function checkJsonSize(bytes: number, file: string): void {
  if (bytes <= wholeLimits.bytes) return;
  throw new AudiozooError({
    code: 'model',
    what: `${file} is too large`,
    expected: `at most ${wholeLimits.bytes} bytes`,
    got: `${bytes}`,
  });
}

export interface JsonPart {
  /** Of an object's member; '' in a list. */
  readonly key: string;
  /** The value as it is written. */
  readonly value: string;
}

/**
 * The members of an object or the items of a list, and between them undefined now and then: time to rest. Draws on the
 * budget for all that parsing the values will cost. Throws a SyntaxError where the text is not valid; inside of values,
 * parsing them will.
 */
export function* jsonParts(text: string, budget: Budget): Generator<JsonPart | undefined> {
  let at = skipSpace(text, 0);
  const isObject = text[at] === '{';
  if (!isObject && text[at] !== '[') throw new SyntaxError('neither an object nor a list');
  const close = isObject ? '}' : ']';
  at = skipSpace(text, at + 1);
  while (text[at] !== close) {
    let key = '';
    if (isObject) {
      const end = stringEnd(text, at);
      budget.spend(steps.key);
      checkKey(text, at, end, budget);
      key = JSON.parse(text.slice(at, end)) as string;
      at = skipSpace(text, end);
      if (text[at] !== ':') throw new SyntaxError('a key without a value');
      at = skipSpace(text, at + 1);
    }
    const end = yield* valueEnd(text, at, budget);
    yield { key, value: text.slice(at, end) };
    budget.spend(steps.comma);
    at = skipSpace(text, end);
    if (text[at] === close) break;
    if (text[at] !== ',') throw new SyntaxError('no comma between values');
    at = skipSpace(text, at + 1);
    if (text[at] === close) throw new SyntaxError('a comma behind the last value');
  }
  if (skipSpace(text, at + 1) < text.length) throw new SyntaxError('something behind the end');
}

/** Signs between two rests: some milliseconds. */
const signsPerRest = 500_000;

/** One beyond the value that begins at `start`. The budget pays for what parsing it will make. */
function* valueEnd(text: string, start: number, budget: Budget): Generator<undefined, number> {
  let depth = 0;
  let at = start;
  let lastString = [start, start] as const;
  for (let signs = 1; ; signs++) {
    if (signs % signsPerRest === 0) yield undefined;
    switch (text[at]) {
      case undefined:
        throw new SyntaxError('the text ends early');
      case '"':
        lastString = [at, stringEnd(text, at)];
        at = lastString[1] - 1;
        break;
      case '{':
      case '[':
        budget.spend(steps.open);
        budget.checkDepth(++depth);
        break;
      case '}':
      case ']':
        depth--;
        break;
      case ',':
        budget.spend(steps.comma);
        break;
      case ':':
        budget.spend(steps.key);
        checkKey(text, ...lastString, budget);
        break;
      default:
        if (depth === 0) return atomEnd(text, at);
    }
    at++;
    if (depth <= 0) return at;
  }
}

/** V8 tells very long keys of one length apart only one by one. */
function checkKey(text: string, start: number, end: number, budget: Budget): void {
  if (end - start - 2 > budget.limits.nameLength) budget.checkName(text.slice(start + 1, end - 1));
}

/** One beyond the string whose quotation mark is at `start`. */
function stringEnd(text: string, start: number): number {
  if (text[start] !== '"') throw new SyntaxError('a key that is no text');
  for (let end = start; ; ) {
    end = text.indexOf('"', end + 1);
    if (end < 0) throw new SyntaxError('a string without an end');
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
}

/** One beyond a number, or a word. */
function atomEnd(text: string, start: number): number {
  return matchEnd(/[^,\]} \n\r\t]*/y, text, start);
}

function skipSpace(text: string, start: number): number {
  return matchEnd(/[ \n\r\t]*/y, text, start);
}

function matchEnd(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  pattern.test(text);
  return pattern.lastIndex;
}

/** As files hold it. NaN and Infinity, which Python writes, are no JSON: they are left out, and what is absent has its default. */
export function jsonText(value: JsonObject): string {
  const drop = (_: string, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? undefined : item;
  return `${JSON.stringify(value, drop, 2)}\n`;
}
