// What a person may say of a model that its files do not: settings of its own. Its plug-in declares them as data, so that
// converters check them, and commands and forms list them, and know none.

import { checkOptions } from '../checks/options.js';
import { AudiozooError } from '../errors.js';

export interface Setting {
  /** `count`: a whole number from 1. */
  readonly kind: 'count' | 'number' | 'boolean' | 'string' | { readonly choices: readonly string[] };
  /** What it is, in few words: `stride of the patches along time`. */
  readonly help: string;
}

/** The settings of a model, by their names. */
export type Settings = Readonly<Record<string, Setting>>;

/** What was said of them. */
export type SettingValues = Readonly<Record<string, number | string | boolean>>;

/**
 * Throws an `argument` error about the first value that `of`, a model's type, does not declare, or that is of another
 * kind. Values are its `settings`, unless `path` says another option.
 */
export function checkSettings(
  of: string,
  values: Readonly<Record<string, SettingValues[string] | undefined>> = {},
  declared: Settings = {},
  { noun = 'setting', path = 'settings' } = {},
): void {
  const kinds = Object.fromEntries(Object.entries(declared).map(([name, { kind }]) => [name, kind]));
  checkOptions(of, values, kinds, { noun, path: `${path}.` });
}

/** Throws an `argument` error about the first setting that was said although the files say it all. */
export function refuseSettings(
  values: Readonly<Record<string, SettingValues[string] | undefined>> = {},
  expected = 'what the file does not say',
  hint = 'config.json says it: change it there.',
): void {
  const told = Object.entries(values).find(([, value]) => value !== undefined)?.[0];
  if (told === undefined) return;
  const what = `${told} cannot be given beside a config`;
  throw new AudiozooError({ code: 'argument', what, option: `settings.${told}`, expected, hint });
}
