// What a model's plug-in lets people say of it: `--set name=value`, which is `--size name=value` where it is about the
// input, or a flag of that name.

import type { AnyModel, InputSize, Setting, Settings } from '@audiozoo/core';
import { Command, Option, type OptionValues } from '@commander-js/extra-typings';
import type { FlagsOf } from './common.js';
import { collect, decimal, flagOf, setting, wholeNumber } from './flag-value.js';
import { modelsFor } from './plugin.js';

/** What models let people say of their input, for commands that run them. */
export const sizeFlags = new Command().option(
  '--set, --size <name=value>',
  'what the model lets be said of its input, by its name: frames=512, isLonger=true; may be repeated',
  setting,
);

/** What is of another kind than the model declares is refused with the model. */
export const sizeOf = (flags: FlagsOf<typeof sizeFlags>) => flags.size as InputSize | undefined;

interface Declaration {
  readonly about?: string;
  readonly settings?: Settings;
}

/**
 * Gives a command the settings of the models that the command line may be about as flags, and lists those of the one
 * that `--help --model-type TYPE` asks about. Throws a `model` error for a type that there is not.
 */
export async function declareSettings<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
  of: (model: AnyModel) => Promise<Declaration | undefined>,
): Promise<void> {
  const { help, ...flags } = readAhead();
  const isAskedAbout = help && flags.modelType !== undefined;
  for (const model of await modelsFor(flags)) {
    const { about, settings = {} } = (await of(model)) ?? {};
    for (const [name, declared] of Object.entries(settings)) {
      const option = new Option(`${flagOf(name)} <${valueName(declared)}>`, declared.help)
        .argParser(parserOf(declared))
        .helpGroup(`Settings of ${model.type}:`)
        .hideHelp(isAskedAbout);
      addFlag(command, option, (text) => put(command, 'set', name, text));
    }
    if (isAskedAbout) command.addHelpText('after', describe(model.type, about, settings));
  }
}

/** Gives a command the sizes of input that models let people choose as flags; `auto` is `--auto-length`. */
export async function declareSizes<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
): Promise<void> {
  const auto = 'auto';
  for (const { resizing } of await modelsFor(readAhead())) {
    for (const [name, declared] of Object.entries(resizing?.sizes ?? {})) {
      const parse = parserOf(declared);
      const option = new Option(`${flagOf(name)} <${valueName(declared)}|${auto}>`, declared.help)
        .argParser((text) => (text === auto ? text : parse(text)))
        .helpGroup("Another size of the model's input:");
      addFlag(command, option, (text) => {
        if (text === auto) command.setOptionValue('autoLength' as keyof Flags, true);
        else put(command, 'size', name, text);
      });
    }
  }
}

/** Models come with plug-ins, so that the command line is read for those before its flags are all known. */
function readAhead() {
  return new Command()
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .option('-h, --help')
    .option('--model-type <type>')
    .option('--plugin <module>', '', collect)
    .exitOverride()
    .parse()
    .opts();
}

/** One that several models have is the first one's. */
function addFlag<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
  option: Option,
  take: (text: string) => void,
): void {
  if (command.options.some(({ long }) => long === option.long)) return;
  command.addOption(option);
  command.on(`option:${option.name()}`, take);
}

/** As if `--into name=text` stood there. */
function put<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
  into: string,
  name: string,
  text: string,
): void {
  const key = into as keyof Flags;
  const earlier = command.getOptionValue(key) as Parameters<typeof setting>[1];
  command.setOptionValue(key, setting(`${name}=${text}`, earlier));
}

function describe(type: string, about: string | undefined, settings: Settings): string {
  const lines = Object.entries(settings).map(
    ([name, declared]) => `  ${`${name}=<${valueName(declared)}>`.padEnd(20)} ${declared.help}`,
  );
  const list = lines.length > 0 ? ['Settings, for --set:', ...lines] : ['It has no settings for --set.'];
  return ['', `${type}:`, ...(about ? [about] : []), ...list].join('\n');
}

function valueName({ kind }: Setting): string {
  return typeof kind === 'object' ? kind.choices.join('|') : kind;
}

/** Refuses what is of another kind before any file is read; `setting` makes the value. */
function parserOf({ kind }: Setting): (text: string) => unknown {
  if (kind === 'count') return wholeNumber(1);
  if (kind === 'number') return decimal();
  return (text) => text; // which the library checks
}
