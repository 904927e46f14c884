// Packs every package as it would be published, and checks the tarballs as their users meet them:
// publint and attw on each, and a project of its own that installs them all with npm, compiles the
// README's first example against their types, and runs it.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeFences } from './code-fences.js';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'audiozoo-packages-'));
let passed = 0;
let failed = 0;

/** Runs a command; counts it, and shows its output when it fails. */
function check(title: string, command: string, args: readonly string[], cwd: string): boolean {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  const ok = status === 0;
  console.log(`${ok ? 'ok' : 'FAILED'}  ${title}`);
  if (ok) passed++;
  else {
    failed++;
    console.log(stdout, stderr);
  }
  return ok;
}

try {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tarballs: Record<string, string> = {};
  for (const directory of readdirSync(join(root, 'packages'))) {
    const packageFolder = join(root, 'packages', directory);
    const { name, version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
    const tarball = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    const pack = ['--yes', packageManager, 'pack', '--pack-destination', folder];
    if (!check(`${name}: packs`, 'npx', pack, packageFolder)) continue;
    const bin = (tool: string) => join(root, 'node_modules/.bin', tool);
    check(`${name}: publint`, bin('publint'), ['run', tarball, '--strict'], root);
    check(`${name}: attw`, bin('attw'), [tarball, '--profile', 'esm-only'], root);
    tarballs[name] = `file:${tarball}`;
  }

  const consumer = join(folder, 'consumer');
  mkdirSync(consumer);
  const manifest = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: tarballs,
    // The packages depend on each other by version, which no registry has yet.
    overrides: Object.fromEntries(Object.keys(tarballs).map((name) => [name, `$${name}`])),
    devDependencies: { typescript: '~6.0.0', '@types/node': '^20.19.0' },
  };
  writeFileSync(join(consumer, 'package.json'), JSON.stringify(manifest, null, 2));
  const [example] = codeFences(readFileSync(join(root, 'README.md'), 'utf8'), 'ts');
  writeFileSync(join(consumer, 'example.ts'), example!.code);
  cpSync(join(root, 'models'), join(consumer, 'models'), { recursive: true });

  if (check('consumer: npm install', 'npm', ['install', '--no-audit', '--no-fund'], consumer)) {
    const options = [
      '--ignoreConfig',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--strict',
      '--types',
      'node',
      '--skipLibCheck',
      'false',
    ];
    check("consumer: compiles README's first example", 'npx', ['tsc', ...options, 'example.ts'], consumer);
    check("consumer: runs README's first example", process.execPath, ['example.js'], consumer);
    check('consumer: has the command', 'npx', ['audiozoo', '--version'], consumer);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
