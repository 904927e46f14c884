// Runs the command, and the kernels of @audiozoo/backend-web, in the runtimes that README promises: fetches each from npm
// into a temporary folder. Reads what is built.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'audiozoo-runtimes-'));

const dependencies = {
  'node-22': `npm:node-linux-${process.arch}@22.23.5`,
  'node-24': `npm:node-linux-${process.arch}@24.22.3`,
  deno: '2.9.6',
  bun: '1.4.5',
};
const inModules = (path: string) => join(folder, 'node_modules', path);
/** How each begins, and how many threads its kernels get of two. */
const runtimes = [
  { name: 'Node 22', runtime: [inModules('node-22/bin/node')], threads: '2 threads' },
  { name: 'Node 24', runtime: [inModules('node-24/bin/node')], threads: '2 threads' },
  { name: 'Deno', runtime: [inModules('.bin/deno'), 'run', '--allow-all'], threads: '1 thread: Deno' },
  { name: 'Bun', runtime: [inModules('.bin/bun')], threads: '2 threads' },
];

let passed = 0;
let failed = 0;

/** Runs a command; counts whether it ends well and says what it must, and shows what it said when not. */
function check(title: string, command: readonly string[], cwd: string, expected = /(?:)/): void {
  const [program, ...args] = command as [string, ...string[]];
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
  });
  const ok = status === 0 && expected.test(stdout);
  console.log(ok ? `ok  ${title}` : `failed: ${title}`);
  if (ok) passed++;
  else {
    failed++;
    console.log(error ?? '', stdout, stderr);
  }
}

try {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  check('npm install', ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  const clip = 'models/spoken-digits/clips/7_seven.wav';
  for (const { name, runtime, threads } of runtimes) {
    const command = [...runtime, 'packages/cli/bin/audiozoo.js', 'classify', clip];
    check(`${name}: classifies`, [...command, '--model', 'models/spoken-digits', '--json'], root, /"seven"/);
    const kernels = [...runtime, 'test/conformance-process.js'];
    check(
      `${name}: the kernels pass the conformance suite`,
      kernels,
      join(root, 'packages/backend-web'),
      new RegExp(`SIMD, ${threads}[^]*\\n[1-9]\\d* passed, 0 failed`),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
