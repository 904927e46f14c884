// Flags that every command has, and how commands get those that they share.

import { Command, type OptionValues } from '@commander-js/extra-typings';
import { UsageError } from '../session/session.js';
import { collect, flagOf } from './flag-value.js';

/** What the flags of a command, or of a group of flags, come to. */
export type FlagsOf<Declared extends { opts(): unknown }> = ReturnType<Declared['opts']>;

type FlagsOfAll<Groups> = Groups extends readonly [Command<[], infer Flags>, ...infer Others]
  ? Flags & FlagsOfAll<Others>
  : unknown;

/** A command with the flags of groups behind its own. */
export function addFlags<
  Args extends unknown[],
  Flags extends OptionValues,
  const Groups extends readonly Command<[], OptionValues>[],
>(command: Command<Args, Flags>, ...groups: Groups) {
  for (const { options } of groups) for (const option of options) command.addOption(option);
  return command as Command<Args, Flags & FlagsOfAll<Groups>>;
}

export const commonFlags = new Command()
  .option('--plugin <module>', "a third party's models or backends; may be repeated", collect)
  .option('--quiet', 'only results, warnings and errors')
  .option('--verbose', 'errors with their stack');

/** Throws a UsageError that says why not, when one of these flags was given. */
export function refuseFlags(flags: Readonly<Record<string, unknown>>, why: string): void {
  const [name] = Object.entries(flags).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined) throw new UsageError(`${flagOf(name)} ${why}.`);
}
