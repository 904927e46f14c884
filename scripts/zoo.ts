// Writes what follows of the list of models in packages/cli/src/models.ts: what the command depends on, what TypeScript
// builds before what, and the tables of the documents. `npm run zoo`, after a line there or a change of a zoo.ts; a test
// says when it was forgotten.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ZooEntry } from '@audiozoo/core';
import { pnpmOrExit, root } from './setup.mjs';
import { modelsTable, type PublishedModel, whichModelTable } from './zoo-tables.js';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Names of the packages in the list of models, in its order. */
function listed(): readonly string[] {
  const imports = read('packages/cli/src/models.ts').matchAll(/import\('@audiozoo\/([a-z-]+)'\)/g);
  return [...imports].map(([, name]) => name!);
}

/** Files that say which package needs which, by their paths, as they should be. */
export function wiring(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(join(root, 'packages'))) {
    const manifestFile = `packages/${name}/package.json`;
    const manifest = JSON.parse(read(manifestFile));
    if (name === 'cli') {
      manifest.dependencies = withModels(manifest.dependencies);
      files.set(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
    }
    const references = Object.keys(manifest.dependencies ?? {})
      .filter((dependency) => dependency.startsWith('@audiozoo/') && isCompiled(dependency))
      .map((dependency) => ({ path: dependency.replace('@audiozoo', '..') }));
    if (references.length === 0) continue;
    const text = JSON.stringify({ references }, null, 2).slice(4, -2);
    const configFile = `packages/${name}/tsconfig.json`;
    files.set(
      configFile,
      read(configFile).replace(/"references": \[[^\]]*\]/, () => text),
    );
  }
  return files;
}

/** Whether a package of this repository has TypeScript. */
function isCompiled(name: string): boolean {
  return existsSync(join(root, name.replace('@audiozoo', 'packages'), 'tsconfig.json'));
}

/** Those of the list in place of all other packages that publish checkpoints. */
function withModels(dependencies: Readonly<Record<string, string>>): Record<string, string> {
  const isModel = (name: string) =>
    existsSync(join(root, name.replace('@audiozoo', 'packages'), 'src/zoo.ts'));
  const others = Object.entries(dependencies).filter(([name]) => !isModel(name));
  const models = listed().map((name) => [`@audiozoo/${name}`, 'workspace:^'] as const);
  return Object.fromEntries([...others, ...models].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Documents with tables of models, by their paths, as they should be. */
export async function documents(): Promise<ReadonlyMap<string, string>> {
  const { models } = await import('@audiozoo/cli/models');
  const names = listed();
  const published = await Promise.all(
    models.map(async ({ load }, index): Promise<PublishedModel> => {
      const { zoo = [] } = await load();
      const name = names[index]!;
      const { description } = JSON.parse(read(`packages/${name}/package.json`));
      return { name, description, entries: typeof zoo === 'function' ? await zoo() : zoo };
    }),
  );
  const entries = published.flatMap(({ entries }): readonly ZooEntry[] => entries);
  return new Map([
    ['README.md', withTable('README.md', modelsTable(published))],
    [
      'docs/which-model.md',
      withTable('docs/which-model.md', whichModelTable(entries, JSON.parse(read('docs/cost.json')))),
    ],
  ]);
}

const [begin, end] = ['<!-- npm run zoo -->', '<!-- end of npm run zoo -->'];

function withTable(file: string, table: string): string {
  const text = read(file);
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for it: ${begin} … ${end}.`);
  return `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`;
}

/** Writes those that are not so; whether there were any. */
function write(files: ReadonlyMap<string, string>): boolean {
  const stale = [...files].filter(([file, text]) => read(file) !== text);
  for (const [file, text] of stale) {
    writeFileSync(join(root, file), text);
    console.log(`wrote ${file}`);
  }
  return stale.length > 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (write(wiring())) pnpmOrExit(['install', '--no-frozen-lockfile', '--prefer-offline', '--silent']);
  write(await documents());
}
