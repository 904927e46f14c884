import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';
import { listZoo, type ZooItem } from '../zoo.js';

export interface ModelsFlags extends CommonFlags {
  readonly json?: boolean;
}

export async function models(flags: ModelsFlags, session: Session): Promise<void> {
  const zoo = listZoo((await loadPlugins(flags.plugin)).models);
  if (flags.json) session.printJson(zoo.map(machineItem));
  else session.print(table(zoo));
}

function machineItem({ name, model, description, figures, checkpoint, repository }: ZooItem) {
  const { conversion: _, ...file } = checkpoint ?? {};
  return {
    name,
    model,
    description,
    figures,
    ...(checkpoint && { checkpoint: file }),
    ...(repository !== undefined && { repository }),
  };
}

function table(zoo: readonly ZooItem[]): string {
  const rows = zoo.map(({ name, figures, description, repository = '' }) => {
    const measures = Object.entries(figures).map(([measure, value]) => `${measure} ${value}`);
    return [name, measures.join(', '), description, repository];
  });
  const titles = ['name', 'figure', 'trained on', 'on Hugging Face'];
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
