// Runs the command, and the kernels of @audiozoo/backend-web, in the runtimes that README promises: fetches each from npm
// into a temporary folder. Reads what is built.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectText, openChecks } from './checks.js';
import { run } from './command.js';
import { writeWorker } from './workerd.js';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'audiozoo-runtimes-'));

const dependencies = {
  'node-22': `npm:node-linux-${process.arch}@22.23.5`,
  'node-24': `npm:node-linux-${process.arch}@24.22.3`,
  deno: '2.9.6',
  bun: '1.4.5',
  workerd: '1.20261117.1',
};
const inModules = (path: string) => join(folder, 'node_modules', path);
/** How each begins, and how many threads its kernels get of two. */
const runtimes = [
  { name: 'Node 22', runtime: [inModules('node-22/bin/node')], threads: '2 threads' },
  { name: 'Node 24', runtime: [inModules('node-24/bin/node')], threads: '2 threads' },
  { name: 'Deno', runtime: [inModules('.bin/deno'), 'run', '--allow-all'], threads: '1 thread: Deno' },
  { name: 'Bun', runtime: [inModules('.bin/bun')], threads: '2 threads' },
];

const { check, end } = openChecks();
const environment = { env: process.env, timeout: 300_000 };

try {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const install = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = await check('npm install', () => run('npm', install, { ...environment, cwd: folder }));
  for (const { name, runtime, threads } of installed === undefined ? [] : runtimes) {
    const [program, ...args] = runtime as [string, ...string[]];
    await check(`${name}: classifies`, async () => {
      const clip = 'models/spoken-digits/clips/7_seven.wav';
      const command = [
        'packages/cli/bin/audiozoo.js',
        'classify',
        clip,
        '--model',
        'models/spoken-digits',
        '--json',
      ];
      expectText(await run(program, [...args, ...command], { ...environment, cwd: root }), /"seven"/);
    });
    await check(`${name}: finds events, in a thread that ends without an error`, async () => {
      const command = ['events', 'models/spoken-digits/clips/7_seven.wav', '--model', 'models/spoken-digits'];
      const both = ['-c', '"$0" "$@" 2>&1', program, ...args, 'packages/cli/bin/audiozoo.js', ...command];
      const output = await run('sh', both, { ...environment, cwd: root });
      expectText(output, /seven/);
      if (/uncaught/i.test(output)) throw new Error(output);
    });
    await check(`${name}: the kernels pass the conformance suite`, async () => {
      const cwd = join(root, 'packages/backend-web');
      const output = await run(program, [...args, 'test/conformance-process.js'], { ...environment, cwd });
      expectText(output, new RegExp(`SIMD, ${threads}[^]*\\n[1-9]\\d* passed, 0 failed`));
    });
  }
  if (installed !== undefined) {
    await check('workerd: the kernels pass the conformance suite, and classify', async () => {
      const worker = join(folder, 'worker');
      mkdirSync(worker);
      const command = ['test', await writeWorker(root, worker)];
      const output = await run(inModules('.bin/workerd'), command, { ...environment, cwd: worker });
      expectText(output, /1 thread: that of the caller\)\n"seven" 0\.99\d*\n[1-9]\d* passed, 0 failed/);
    });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
end();
