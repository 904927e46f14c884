// Packs every package as it would be published, and has publint and attw check each tarball. What users make of them,
// scripts/rehearse-release.ts tries.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChecks } from './checks.js';
import { run } from './command.js';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'audiozoo-packages-'));
const { check, end } = openChecks();
const toolIn = (tool: string) => join(root, 'node_modules/.bin', tool);

try {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const directory of readdirSync(join(root, 'packages'))) {
    const packageFolder = join(root, 'packages', directory);
    const { name, version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
    const tarball = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    const pack = ['--yes', packageManager, 'pack', '--pack-destination', folder];
    const options = { cwd: root, env: process.env };
    const packed = await check(`${name}: packs`, () => run('npx', pack, { ...options, cwd: packageFolder }));
    if (packed === undefined) continue;
    await check(`${name}: publint`, () => run(toolIn('publint'), ['run', tarball, '--strict'], options));
    await check(`${name}: attw`, () => run(toolIn('attw'), [tarball, '--profile', 'esm-only'], options));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
end();
