// The release, rehearsed: every package is versioned and published to a registry on this machine, and then installed from there
// in empty folders with plain npm, as users do who have never seen this repository. What is not of this repository comes from the
// registry that npm is configured with.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectText, openChecks } from './checks.js';
import { codeFences } from './code-fences.js';
import { type CommandOptions, run } from './command.js';
import { freshEnvironment } from './rehearsal/environment.js';
import { installedBytes, installScripts } from './rehearsal/installed-tree.js';
import { newestNpm } from './rehearsal/newest-npm.js';
import { titleInChromium } from './rehearsal/page-title.js';
import { startRegistry } from './rehearsal/registry.js';
import { publish, writePublisher } from './rehearsal/release.js';

const root = join(import.meta.dirname, '..');
const kept = join(root, 'node_modules/.cache/rehearsal');
const folder = mkdtempSync(join(tmpdir(), 'audiozoo-release-'));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const clip = 'models/spoken-digits/clips/7_seven.wav';
/** Megabytes on the disk. */
const budgets = { small: 2, deployment: 100, everything: 530 };
const compilers = ['5.5', '5.9', '6.0', 'latest'];
/** `module` and `moduleResolution`. */
const resolutions = [
  ['node16', 'node16'],
  ['esnext', 'bundler'],
];

const { check, end } = openChecks();

/** A folder with nothing in it, and commands that run there. */
function emptyFolder(name: string, env: NodeJS.ProcessEnv) {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  const options: CommandOptions = { cwd, env };
  return {
    cwd,
    npm: (...args: string[]) => run('npm', args, options),
    npx: (...args: string[]) => run('npx', ['--no', '--', ...args], options),
    node: (...args: string[]) => run('node', args, options),
    write: (file: string, text: string) => writeFileSync(join(cwd, file), text),
    copy: (path: string) => cpSync(join(root, path), join(cwd, path), { recursive: true }),
    /** Says how large an installation is; throws when that is too much. */
    weigh(limit: number) {
      const megabytes = installedBytes(join(cwd, 'node_modules')) / 1e6;
      console.log(`    ${name}: ${megabytes.toFixed(2)} MB of ${limit} MB`);
      if (megabytes > limit) throw new Error(`${megabytes.toFixed(2)} MB are installed, more than ${limit}.`);
    },
  };
}

/** `npm install audiozoo` and README's first lines, with the newest npm. */
async function newestInstall(env: NodeJS.ProcessEnv): Promise<void> {
  const home = emptyFolder('newest-npm', env);
  home.copy('models');
  home.write('example.mts', codeFences(readme, 'ts')[0]!.code);
  const installed = await check('npm 12: npm install audiozoo', async () => {
    await home.npm('install', 'audiozoo');
    return true;
  });
  if (!installed) return;
  await check("npm 12: runs README's first lines", async () =>
    expectText(await home.node('example.mts'), /label: 'seven',\s+score: 0\.99/),
  );
}

/** The same with the npm that is here: older ones run install scripts unasked. Then the command, and the types. */
async function plainInstall(env: NodeJS.ProcessEnv, entries: readonly string[]): Promise<void> {
  const home = emptyFolder('audiozoo', env);
  home.copy('models');
  const installed = await check('this npm: npm install audiozoo', async () => {
    await home.npm('install', 'audiozoo');
    return true;
  });
  if (!installed) return;
  await check('audiozoo: its size', async () => home.weigh(budgets.everything));
  await check("audiozoo: onnxruntime's install script, which fetches CUDA, is not there", async () => {
    const scripts = installScripts(home.cwd).filter((path) => /onnxruntime/.test(path));
    if (scripts.length > 0) throw new Error(`These have install scripts: ${scripts.join(', ')}`);
  });
  await check('npx audiozoo --help', async () =>
    expectText(await home.npx('audiozoo', '--help'), /classify/),
  );
  await check('the manual page comes along, where npm install --global finds it', async () => {
    for (const name of ['audiozoo', '@audiozoo/cli']) {
      const installed = join(home.cwd, 'node_modules', name);
      const { man } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
      // npm links no page that is not in a list.
      if (!Array.isArray(man)) throw new Error(`Expected a list as man of ${name}, got: ${man}`);
      for (const page of man) expectText(readFileSync(join(installed, page), 'utf8'), /^\.TH AUDIOZOO 1/);
    }
  });
  await check('npx audiozoo classify', async () => {
    const output = await home.npx('audiozoo', 'classify', clip, '--model', 'models/spoken-digits');
    expectText(output, /seven/);
  });

  const compilersInstalled = await check('TypeScript is installed', async () => {
    const aliases = compilers.map((version) => `typescript-${version}@npm:typescript@${version}`);
    await home.npm('install', '--ignore-scripts', '@types/node@20', ...aliases);
    return true;
  });
  if (!compilersInstalled) return;
  home.write(
    'package.json',
    JSON.stringify({ ...JSON.parse(readFileSync(join(home.cwd, 'package.json'), 'utf8')), type: 'module' }),
  );
  home.write('example.ts', codeFences(readme, 'ts')[0]!.code);
  const imports = entries.map((entry, index) => `export * as entry${index} from '${entry}';\n`);
  home.write('every-entry.ts', imports.join(''));
  // A machine that runs this has two cores.
  await Promise.all(
    resolutions.map(async ([module, resolution]) => {
      for (const version of compilers) {
        await check(`types: TypeScript ${version}, ${resolution}`, async () => {
          const options = `--module ${module} --moduleResolution ${resolution} --target es2022 --lib es2022,dom,esnext.disposable --strict --noEmit --types node --skipLibCheck false`;
          const compiler = `node_modules/typescript-${version}/bin/tsc`;
          await home.node(compiler, ...options.split(' '), 'example.ts', 'every-entry.ts');
        });
      }
    }),
  );
}

/** Four packages in a page, by two bundlers. */
async function page(env: NodeJS.ProcessEnv): Promise<void> {
  const home = emptyFolder('page', env);
  await check('core, features, ast and tasks: small, without install scripts', async () => {
    await home.npm('install', '@audiozoo/core', '@audiozoo/features', '@audiozoo/ast', '@audiozoo/tasks');
    const scripts = installScripts(home.cwd);
    if (scripts.length > 0) throw new Error(`These have install scripts: ${scripts.join(', ')}`);
    home.weigh(budgets.small);
  });
  const own = emptyFolder('bundled', env);
  own.copy('models');
  cpSync(join(root, 'scripts/consumers/page.ts'), join(own.cwd, 'page.ts'));
  const html = (script: string) =>
    `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
  own.write('index.html', html('/page.ts'));
  const installed = await check('page: core, ast, backend-web and tasks, Vite and esbuild', async () => {
    const packages = ['@audiozoo/core', '@audiozoo/ast', '@audiozoo/backend-web', '@audiozoo/tasks'];
    await own.npm('install', ...packages);
    await own.npm('install', '--save-dev', '--ignore-scripts', 'vite', 'esbuild');
    return true;
  });
  if (!installed) return;
  await check('page: bundled by Vite, hears in Chromium', async () => {
    await own.npx('vite', 'build', '--outDir', 'by-vite');
    cpSync(join(own.cwd, 'models'), join(own.cwd, 'by-vite/models'), { recursive: true });
    expectText(await titleInChromium(join(own.cwd, 'by-vite')), /^seven$/);
  });
  await check('page: bundled by esbuild, hears in Chromium', async () => {
    await own.npx(
      'esbuild',
      'page.ts',
      '--bundle',
      '--splitting',
      '--format=esm',
      '--minify',
      '--outdir=by-esbuild',
    );
    cpSync(join(own.cwd, 'models'), join(own.cwd, 'by-esbuild/models'), { recursive: true });
    own.write('by-esbuild/index.html', html('/page.js'));
    expectText(await titleInChromium(join(own.cwd, 'by-esbuild')), /^seven$/);
  });
}

/** A model and a backend of a third party, without any of ours. */
async function custom(env: NodeJS.ProcessEnv): Promise<void> {
  const home = emptyFolder('custom', env);
  home.copy('scripts/consumers/custom.js');
  for (const file of [
    'custom-backend/plain-loops.js',
    'custom-model/mel-mixer.js',
    'custom-model/sounds.js',
  ]) {
    home.copy(`examples/${file}`);
  }
  home.copy('examples/custom-model/model');
  await check('core and features: a model and a backend of a third party', async () => {
    home.write('package.json', JSON.stringify({ type: 'module' }));
    await home.npm('install', '@audiozoo/core', '@audiozoo/features');
    expectText(await home.node('scripts/consumers/custom.js'), /^rising sweep$/m);
  });
}

/** An image, as docs/node.md makes it small. */
async function deployment(env: NodeJS.ProcessEnv): Promise<void> {
  const home = emptyFolder('deployment', env);
  home.copy('models');
  await check('deployment: the command, with the library of one system', async () => {
    await home.npm('install', '@audiozoo/cli');
    const [removal] = codeFences(readFileSync(join(root, 'docs/node.md'), 'utf8'), 'sh')
      .map(({ code }) => code)
      .filter((code) => code.startsWith('find node_modules/@audiozoo/onnxruntime'));
    await run('sh', ['-c', removal!], { cwd: home.cwd, env });
    home.weigh(budgets.deployment);
    const output = await home.npx('audiozoo', 'classify', clip, '--model', 'models/spoken-digits');
    expectText(output, /seven/);
  });
}

try {
  const registry = await check('a registry on this machine', () => startRegistry(join(kept, 'registry')));
  if (registry) {
    const userconfig = join(folder, 'npmrc');
    writePublisher(userconfig, registry.url);
    const settings = { registry: registry.url, userconfig, cache: join(folder, 'cache') };
    const env = freshEnvironment(settings);
    const ownCache = (await run('npm', ['config', 'get', 'cache'], { cwd: root, env: process.env })).trim();
    const [releases, path] = await Promise.all([
      check('every package is versioned and published', () =>
        publish(root, join(folder, 'release'), freshEnvironment({ ...settings, cache: ownCache })),
      ),
      check('npm 12 on Node 24', () => newestNpm(join(kept, 'newest-npm'), env)),
    ]);
    if (releases && path) {
      // What is only there with a peer that few have is left to them.
      const entries = releases.flatMap(({ entries }) => entries).filter((entry) => !entry.endsWith('/tfjs'));
      await Promise.all([
        plainInstall(env, entries).then(() => newestInstall(freshEnvironment({ ...settings, path }))),
        page(env)
          .then(() => custom(env))
          .then(() => deployment(env)),
      ]);
    }
    registry.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
end();
