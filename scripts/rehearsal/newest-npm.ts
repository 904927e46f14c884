// The first npm that runs no install script unasked, and a Node that it runs on. Both are kept.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.js';

const versions = { npm: '12', node: '24' };
const node = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/** Installs them below `kept`; gives the folders of their commands. */
export async function newestNpm(kept: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folder = join(kept, `npm-${versions.npm}-node-${versions.node}`);
  const modules = join(folder, 'node_modules');
  if (!existsSync(join(modules, node)) || !existsSync(join(modules, 'npm'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
    const packages = [`npm@${versions.npm}`, `${node}@${versions.node}`];
    await run('npm', ['install', '--ignore-scripts', ...packages], { cwd: folder, env });
  }
  return [join(modules, node, 'bin'), join(modules, '.bin')];
}
