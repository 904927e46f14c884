// What may stand on the command line, read off the commands' definitions: what shells complete.

import type { Command, Option, OptionValues } from '@commander-js/extra-typings';

/** A value that is typed. With neither words nor paths it is a person's own: a number, a text. */
export interface Value {
  /** As help names it: `dir`, `file.json`. */
  readonly name: string;
  /** Values there are; with `paths`, some of them. */
  readonly words: readonly string[];
  readonly paths?: 'file' | 'folder' | undefined;
}

export interface Flag {
  /** All spellings: `--json`; `-h`, `--help`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Absent where it takes none. */
  readonly value?: Value | undefined;
  /** That the value may be left out. */
  readonly optional: boolean;
}

export interface CommandShape {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** What follows its name beside flags; all arguments of a command are of one kind. */
  readonly argument?: Value | undefined;
}

/** Values that a definition does not list, by flag (`--model`) or by argument (`model`). */
export type KnownWords = Readonly<Record<string, readonly string[]>>;

type AnyCommand = Command<unknown[], OptionValues>;

/** The whole command, its own flags and its commands. */
export interface CommandLine {
  readonly name: string;
  readonly flags: readonly Flag[];
  readonly commands: readonly CommandShape[];
}

export function readCommandLine(program: AnyCommand, known: KnownWords): CommandLine {
  return {
    name: program.name(),
    flags: flagsOf(program, known),
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      flags: flagsOf(command, known),
      argument: argumentOf(command, known),
    })),
  };
}

function flagsOf(command: AnyCommand, known: KnownWords): readonly Flag[] {
  const visible = command.createHelp().visibleOptions(command as Command);
  return visible.map((option: Option) => {
    const names = [option.short, option.long].filter((name) => name !== undefined);
    const [, name] = /[<[](.*?)(?:\.\.\.)?[>\]]/.exec(option.flags) ?? [];
    const words = option.argChoices ?? known[option.long ?? ''];
    return {
      names,
      description: option.description,
      value: name === undefined ? undefined : valueNamed(name, words),
      optional: option.optional,
    };
  });
}

function argumentOf(command: AnyCommand, known: KnownWords): Value | undefined {
  const [argument] = command.registeredArguments;
  if (!argument) return undefined;
  return valueNamed(argument.name(), argument.argChoices ?? known[argument.name()]);
}

/** What help calls a thing says what it is. */
function valueNamed(name: string, words: readonly string[] = []): Value {
  if (/\b(dir|folder)\b/.test(name)) return { name, words, paths: 'folder' };
  if (/\b(file|path|module|audio|checkpoints?|input)\b/.test(name)) return { name, words, paths: 'file' };
  return { name, words };
}
