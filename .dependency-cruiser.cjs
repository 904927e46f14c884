// What ARCHITECTURE.md says of arrows, held: no circle of files, no package that imports what it must not know.

const { existsSync, readdirSync } = require('node:fs');

/** Packages of models: those that publish some. */
const models = readdirSync('packages').filter((name) => existsSync(`packages/${name}/src/zoo.ts`));

/** Packages, and the packages that each may import. */
const arrows = {
  core: [],
  pictures: [],
  features: ['core'],
  codecs: ['core', 'features'],
  ...Object.fromEntries(models.map((name) => [name, ['core', 'features']])),
  tasks: ['core', 'features'],
  training: ['core', 'features', 'tasks'],
  fleet: ['core', 'features', 'tasks'],
  onnx: ['core'],
  'backend-node': ['core', 'onnx'],
  'backend-web': ['core', 'onnx'],
  converters: ['core', 'onnx'],
  audiozoo: [
    'core',
    'features',
    'codecs',
    ...models,
    'tasks',
    'backend-node',
    'backend-web',
    'converters',
    'cli',
  ],
  cli: ['core', 'codecs', ...models, 'tasks', 'training', 'fleet', 'backend-node', 'converters', 'pictures'],
};

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(arrows).map(([name, known]) => ({
      name: `arrows-of-${name}`,
      severity: 'error',
      from: { path: `^packages/${name}/src/` },
      to: { path: '^packages/', pathNot: `^packages/(${[name, ...known].join('|')})/` },
    })),
    {
      name: 'examples-use-public-entries',
      comment: 'Examples are what users would write.',
      severity: 'error',
      from: { path: '^examples/([^/]+)/' },
      to: {
        path: '^(examples|packages)/',
        pathNot: ['^examples/$1/', '^packages/[^/]+/(src|dist)/[^/]+$', '^packages/[^/]+/src/[^/]+/[^/]+$'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules|\\.cache)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@audiozoo/source', 'node', 'import', 'default'],
    },
  },
};
