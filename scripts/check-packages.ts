// Packs every package as it would be published, and has publint and attw check each tarball. What users make of them,
// scripts/rehearse-release.ts tries.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'audiozoo-packages-'));
let passed = 0;
let failed = 0;

/** Runs a command; counts it, and shows its output when it fails. */
function check(title: string, command: string, args: readonly string[], cwd: string): boolean {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  const ok = status === 0;
  console.log(ok ? `ok  ${title}` : `failed: ${title}`);
  if (ok) passed++;
  else {
    failed++;
    console.log(stdout, stderr);
  }
  return ok;
}

try {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const directory of readdirSync(join(root, 'packages'))) {
    const packageFolder = join(root, 'packages', directory);
    const { name, version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
    const tarball = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    const pack = ['--yes', packageManager, 'pack', '--pack-destination', folder];
    if (!check(`${name}: packs`, 'npx', pack, packageFolder)) continue;
    const bin = (tool: string) => join(root, 'node_modules/.bin', tool);
    check(`${name}: publint`, bin('publint'), ['run', tarball, '--strict'], root);
    check(`${name}: attw`, bin('attw'), [tarball, '--profile', 'esm-only'], root);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
