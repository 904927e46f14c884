// `--plugin MODULE`: a third party's models and backends. A module exports `models` and `backends` as
// lists, or as its default one model, one backend, or a record of both lists.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnyModel, AudiozooError, type Backend } from '@audiozoo/core';
import { type Refuse, refusing } from '@audiozoo/core/plugin';
import { chooseModel, loadedPlugins } from '@audiozoo/tasks';
import { models as ours } from '../models.js';

export interface Plugins {
  /** Models to choose from by config.json's model_type: the plug-ins' and our own. */
  readonly models: readonly AnyModel[];
  /** The plug-ins' backends, for `--device NAME`. */
  readonly backends: readonly Backend[];
}

/** Imports plug-in modules: paths from the working directory, or names of packages installed there. */
export async function loadPlugins(specifiers: readonly string[] = []): Promise<Plugins> {
  const models = new Set<AnyModel>(await loadedPlugins(ours));
  const backends = new Set<Backend>(); // sets: a module may export a thing both by name and as default
  for (const specifier of specifiers) {
    const module = await importModule(specifier);
    const found = [module, module.default].flatMap((exports) => thingsIn(exports, specifier));
    if (found.length === 0) {
      const got = `exports ${Object.keys(module).join(', ') || 'none'}`;
      throw refusingPlugin(specifier)('it brings nothing', { got });
    }
    for (const thing of found) {
      if (isModel(thing)) models.add(thing);
      else backends.add(thing);
    }
  }
  refuseTwice(
    'model_type',
    [...models].map(({ type }) => type),
  );
  refuseTwice(
    'backend',
    [...backends].map(({ name }) => name),
  );
  return { models: [...models], backends: [...backends] };
}

interface ModelTypeFlags {
  readonly plugin?: readonly string[] | undefined;
  readonly modelType?: string | undefined;
}

/** The models that a checkpoint may be of. Throws a `model` error for a type that there is not. */
export async function modelsFor({ plugin, modelType }: ModelTypeFlags): Promise<readonly AnyModel[]> {
  const { models } = await loadPlugins(plugin);
  return modelType === undefined ? models : [chooseModel(models, modelType)];
}

function thingsIn(exports: unknown, specifier: string): readonly (AnyModel | Backend)[] {
  if (isModel(exports) || isBackend(exports)) return [exports];
  if (!isRecord(exports)) return [];
  return [
    ...readList(exports, 'models', isModel, specifier),
    ...readList(exports, 'backends', isBackend, specifier),
  ];
}

async function importModule(specifier: string): Promise<Record<string, unknown>> {
  try {
    return (await import(locate(specifier))) as Record<string, unknown>;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw refusingPlugin(specifier)('it cannot be imported', { got, cause });
  }
}

function locate(specifier: string): string {
  if (specifier.startsWith('file:')) return specifier;
  const path = resolve(specifier);
  const require = createRequire(join(process.cwd(), 'from-here.js'));
  return pathToFileURL(require.resolve(existsSync(path) ? path : specifier)).href;
}

function readList<T>(
  exports: Record<string, unknown>,
  name: 'models' | 'backends',
  fits: (value: unknown) => value is T,
  specifier: string,
): readonly T[] {
  const list = exports[name];
  if (list === undefined) return [];
  if (Array.isArray(list) && list.every(fits)) return list;
  const got = Array.isArray(list) ? 'other things in it' : typeof list;
  throw refusingPlugin(specifier)(`its \`${name}\` is not a list of ${name}`, { got });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isModel(value: unknown): value is AnyModel {
  return isRecord(value) && typeof value.type === 'string' && typeof value.build === 'function';
}

function isBackend(value: unknown): value is Backend {
  return isRecord(value) && typeof value.name === 'string' && typeof value.load === 'function';
}

function refuseTwice(what: string, names: readonly string[]): void {
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice === undefined) return;
  throw new AudiozooError({
    code: 'argument',
    what: `two plug-ins bring the ${what} ${JSON.stringify(twice)}`,
    expected: 'one of each',
    hint: 'Leave one --plugin out.',
  });
}

function refusingPlugin(specifier: string): Refuse {
  return refusing('argument', `plug-in ${specifier} cannot be used:`, {
    expected: 'a JavaScript module that exports `models` or `backends`',
    hint: 'Name a path from the working directory, or a package that is installed there.',
  });
}
