import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { loadPlugins } from '../flags/plugin.js';
import { listZoo, type ZooItem } from '../input/pull-source.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('models')
    .description('List the published checkpoints that `pull` knows by name, with their figures.')
    .option(
      '--json',
      '[{ name, model, description, bestFor, figures, weights, license, checkpoint, repository }] on stdout',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo models
  $ audiozoo models --json`,
    ),
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => models(flags, createSession(called, signal)));

async function models(flags: Flags, session: Session): Promise<void> {
  const zoo = await listZoo((await loadPlugins(flags.plugin)).models);
  if (flags.json) session.printJson(zoo.map(machineItem));
  else session.print(table(zoo));
}

/** Without how a checkpoint is converted, which is the model's own affair. */
function machineItem({ checkpoint, ...item }: ZooItem) {
  const { conversion: _, ...file } = checkpoint ?? {};
  return { ...item, ...(checkpoint && { checkpoint: file }) };
}

function table(zoo: readonly ZooItem[]): string {
  const rows = zoo.map(({ name, figures, weights, description, license = '', repository = '' }) => {
    const measures = Object.entries(figures).map(([measure, value]) => `${measure} ${value}`);
    const size = weights === undefined ? '' : `${weights} M`;
    return [name, measures.join(', '), size, description, license, repository];
  });
  const titles = ['name', 'figure', 'weights', 'trained on', 'license', 'on Hugging Face'];
  const widths = titles.map((_, column) => Math.max(...[titles, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return [
    ...[titles, ...rows].map(line),
    '',
    'audiozoo pull NAME --out DIR downloads and converts one.',
  ].join('\n');
}
