// Makes a fresh clone ready with nothing but Node and npm: pnpm comes through npm (corepack rejects its
// signature on Node 20), the packages are installed as the lock file says, and built.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packageManager } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

/** Runs a command in the root; ends this process with its exit code when it fails. */
export function runOrExit(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) console.error(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs pnpm in the version that package.json names. */
export function pnpmOrExit(args) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  // Windows starts .cmd files only through a shell; all arguments here are our own.
  runOrExit('npx', ['--yes', packageManager, ...args], { env, shell: process.platform === 'win32' });
}

export function setUp() {
  pnpmOrExit([
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
    '--reporter=append-only',
    '--loglevel=warn',
  ]);
  runOrExit(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '-b']);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) setUp();
