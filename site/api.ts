// The pages of the API, in Markdown: one for each entry point of a package, written by TypeDoc.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import {
  Application,
  Converter,
  type DeclarationReflection,
  ReflectionKind,
  TSConfigReader,
  type TypeDocOptions,
} from 'typedoc';
import { repository, root } from './pages.js';

/**
 * Source files of all that packages export, by what they are imported as. The front door comes last: what it takes from
 * others is told of there.
 */
function entryPoints(): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  const folders = readdirSync(join(root, 'packages')).filter((name) => name !== 'audiozoo');
  for (const folder of [...folders.sort(), 'audiozoo']) {
    const { name, exports } = JSON.parse(
      readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'),
    );
    for (const [path, conditions] of Object.entries(exports)) {
      const source = sourceOf(conditions);
      if (source) entries.set(join(name, path), join(root, 'packages', folder, source));
    }
  }
  return entries;
}

/** The TypeScript behind an export: that of Node, where browsers have another with the same interface. */
function sourceOf(conditions: unknown): string | undefined {
  if (typeof conditions !== 'object' || conditions === null) return undefined;
  const { '@audiozoo/source': source, node, default: other } = conditions as Record<string, unknown>;
  return typeof source === 'string' ? source : (sourceOf(node) ?? sourceOf(other));
}

/** Writes the pages into `out`. */
export async function writeApi(out: string): Promise<void> {
  const entries = entryPoints();
  const names = new Map([...entries].map(([name, source]) => [moduleName(source), name]));
  const options: Partial<TypeDocOptions> & Record<string, unknown> = {
    entryPoints: [...entries.values()],
    tsconfig: join(root, 'site/tsconfig.api.json'),
    name: 'API',
    readme: 'none',
    plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
    router: 'module',
    out,
    docsRoot: dirname(out),
    displayBasePath: root,
    disableGit: true,
    gitRevision: 'main',
    sourceLinkTemplate: `${repository}/blob/{gitRevision}/{path}#L{line}`,
    excludeExternals: true,
    sort: ['alphabetical'],
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: {
      hideDefaults: true,
      hideInherited: true,
      hideModifiers: true,
      hideOverrides: true,
      hideSources: true,
    },
    useHTMLAnchors: true, // VitePress counts headings of one name otherwise than links do
    anchorPrefix: 'of-',
    logLevel: 'Warn',
    skipErrorChecking: true, // `npm run types` checks
    validation: { notExported: false, invalidLink: true },
    treatWarningsAsErrors: true,
  };
  const application = await Application.bootstrapWithPlugins(options, [new TSConfigReader()]);
  application.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection: DeclarationReflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const name = names.get(reflection.name);
    if (!name) throw new Error(`${reflection.name} is no entry point of a package.`);
    reflection.name = name;
  });
  const project = await application.convert();
  if (project) await application.generateOutputs(project);
  if (!project || application.logger.hasErrors() || application.logger.hasWarnings()) {
    throw new Error('TypeDoc found faults in the comments of the packages.');
  }
}

/** What TypeDoc calls an entry point. */
function moduleName(source: string): string {
  return relative(root, source).replace(/(\/index)?\.ts$/, '');
}
