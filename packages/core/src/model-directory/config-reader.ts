// A model's own keys, read from its JSON files.

import { preview } from '../checks/quote.js';
import { AudiozooError } from '../errors.js';
import type { Json, JsonObject } from './json.js';

/** Sizes beyond this are a mistake or an attack, not a model: each stands for memory that is taken before a weight is read. */
const mostCounted = 1_000_000;

export type ConfigReader = ReturnType<typeof configReader>;

/** Typed reads from a JSON file, with `model` errors that name the file and the key. null counts as absent. */
export function configReader(file: string, json: JsonObject) {
  const wrong = (key: string, expected: string, got: unknown) =>
    new AudiozooError({
      code: 'model',
      what: `${key} in ${file} does not fit`,
      expected,
      got: preview(got),
    });
  const read = <T extends Json>(
    key: string,
    absent: T,
    expected: string,
    fits: (value: Json) => value is T,
  ): T => {
    const value = (Object.hasOwn(json, key) ? json[key] : undefined) ?? absent;
    if (!fits(value)) throw wrong(key, expected, value);
    return value;
  };
  const isNumber = (value: Json): value is number => typeof value === 'number' && Number.isFinite(value);
  return {
    wrong,
    number: (key: string, absent: number) => read(key, absent, 'a number', isNumber),
    positive: (key: string, absent: number) =>
      read(key, absent, 'a number above 0', (value): value is number => isNumber(value) && value > 0),
    count: (key: string, absent: number, most = mostCounted) =>
      read(
        key,
        absent,
        `a whole number from 1 to ${most}`,
        (value): value is number => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most,
      ),
    flag: (key: string, absent: boolean) =>
      read(key, absent, 'true or false', (value): value is boolean => typeof value === 'boolean'),
    /** The first choice where the key is absent. */
    oneOf: <const Choices extends readonly [string, ...string[]]>(key: string, ...choices: Choices) =>
      read(
        key,
        choices[0] as Choices[number],
        choices.map((choice) => JSON.stringify(choice)).join(' or '),
        (value): value is Choices[number] => choices.includes(value as string),
      ),
  };
}
