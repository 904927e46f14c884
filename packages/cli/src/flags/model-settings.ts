// What a model's plug-in lets people say of it: `--set name=value`, or a flag of that name.

import type { AnyModel, Setting, Settings } from '@audiozoo/core';
import { Command, Option, type OptionValues } from '@commander-js/extra-typings';
import { collect, decimal, setting, wholeNumber } from './flag-value.js';

interface Declaration {
  readonly about?: string;
  readonly settings?: Settings;
}

/**
 * Gives a command the settings of the models that the command line may be about as flags, and lists those of the one
 * that `--help --model-type TYPE` asks about. They come with plug-ins, which are read off the command line before the
 * rest of it. Throws a `model` error for a type that there is not.
 */
export async function declareSettings<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
  of: (model: AnyModel) => Promise<Declaration | undefined>,
): Promise<void> {
  const { help, modelType, plugin } = new Command()
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .option('-h, --help')
    .option('--model-type <type>')
    .option('--plugin <module>', '', collect)
    .exitOverride()
    .parse()
    .opts();
  const { modelsFor } = await import('./conversion.js');
  for (const model of await modelsFor({ modelType, plugin })) {
    const { about, settings = {} } = (await of(model)) ?? {};
    const isAskedAbout = help && modelType !== undefined;
    for (const [name, declared] of Object.entries(settings)) {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      if (command.options.some((option) => option.name() === flag)) continue; // another model has it, too
      const option = new Option(`--${flag} <${valueName(declared)}>`, declared.help)
        .helpGroup(`Settings of ${model.type}:`)
        .hideHelp(isAskedAbout);
      command.addOption(option.argParser(parserOf(declared)));
      command.on(`option:${flag}`, (text: string) => {
        const key = 'set' as keyof Flags;
        const earlier = command.getOptionValue(key) as Parameters<typeof setting>[1];
        command.setOptionValue(key, setting(`${name}=${text}`, earlier));
      });
    }
    if (isAskedAbout) command.addHelpText('after', describe(model.type, about, settings));
  }
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
  return (text) => text; // which converters check
}
