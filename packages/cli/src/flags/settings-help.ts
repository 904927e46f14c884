// `--help --model-type TYPE`: what can be said of one kind of model, which its plug-in declares.

import type { AnyModel, Settings } from '@audiozoo/core';
import { Command } from '@commander-js/extra-typings';
import { collect } from './flag-value.js';

interface Declaration {
  readonly about?: string;
  readonly settings?: Settings;
}

/**
 * Gives a command's help the settings of the model that the command line asks about. They are loaded here, since help
 * itself does not wait. Throws a `model` error for a type that there is not.
 */
export async function listSettings(
  command: { addHelpText(position: 'after', text: string): unknown },
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
  if (!help || modelType === undefined) return;
  const { modelsFor } = await import('./conversion.js');
  for (const model of await modelsFor({ modelType, plugin })) {
    const { about, settings = {} } = (await of(model)) ?? {};
    const lines = Object.entries(settings).map(([name, { kind, help }]) => {
      const value = typeof kind === 'object' ? kind.choices.join('|') : kind;
      return `  ${`${name}=<${value}>`.padEnd(20)} ${help}`;
    });
    const list = lines.length > 0 ? ['Settings, for --set:', ...lines] : ['It has no settings for --set.'];
    command.addHelpText('after', ['', `${model.type}:`, ...(about ? [about] : []), ...list].join('\n'));
  }
}
