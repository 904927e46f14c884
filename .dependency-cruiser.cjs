// What ARCHITECTURE.md says of arrows, held: no circle of files, no package that imports what it must not know.

/** Packages, and the packages that each may import. */
const arrows = {
  core: [],
  pictures: [],
  features: ['core'],
  codecs: ['core', 'features'],
  ast: ['core', 'features'],
  ced: ['core', 'features'],
  clap: ['core', 'features'],
  efficientat: ['core', 'features'],
  tasks: ['core', 'features'],
  onnx: ['core'],
  'backend-node': ['core', 'onnx'],
  'backend-web': ['core', 'onnx'],
  converters: ['core', 'onnx'],
  audiozoo: [
    'core',
    'features',
    'codecs',
    'ast',
    'ced',
    'clap',
    'efficientat',
    'tasks',
    'backend-node',
    'backend-web',
    'converters',
    'cli',
  ],
  cli: [
    'core',
    'features',
    'codecs',
    'ast',
    'ced',
    'clap',
    'efficientat',
    'tasks',
    'onnx',
    'backend-node',
    'converters',
    'pictures',
  ],
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
