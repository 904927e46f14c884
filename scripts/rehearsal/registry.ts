// A registry of npm packages on this machine. The packages of this repository are only here; all others it gets from the registry
// that npm is configured with, and keeps.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../testing/free-port.js';
import { run } from '../command.js';

export interface Registry {
  readonly url: string;
  close(): void;
}

const version = '6.8.0';

/** Verdaccio is installed once, below `kept`, where also lies what it has fetched. */
export async function startRegistry(kept: string): Promise<Registry> {
  const folder = join(kept, `verdaccio-${version}`);
  const npmConfig = async (key: string) =>
    (await run('npm', ['config', 'get', key], { cwd: folder, env: process.env })).trim();
  mkdirSync(folder, { recursive: true });
  const verdaccio = join(folder, 'node_modules/verdaccio/bin/verdaccio');
  if (!existsSync(verdaccio)) {
    // node-fetch's own pick does not load in Node 20.
    const overrides = { 'node-fetch': '2.7.0' };
    const manifest = { private: true, dependencies: { verdaccio: version }, overrides };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', args, { cwd: folder, env: process.env });
  }

  const storage = join(folder, 'storage');
  for (const left of ['@audiozoo', 'audiozoo', '.verdaccio-db.json']) {
    rmSync(join(storage, left), { recursive: true, force: true });
  }
  const ours = { access: '$all', publish: '$all' };
  const configuration = {
    storage,
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    uplinks: { configured: { url: await npmConfig('registry'), timeout: '60s', maxage: '60m' } },
    packages: { '@audiozoo/*': ours, audiozoo: ours, '**': { access: '$all', proxy: 'configured' } },
    max_body_size: '200mb', // onnxruntime's libraries
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'warn' },
  };
  const configurationFile = join(folder, 'config.yaml'); // JSON is YAML too
  writeFileSync(configurationFile, JSON.stringify(configuration));

  const url = `http://127.0.0.1:${await freePort()}/`;
  const log = join(folder, 'log');
  const output = openSync(log, 'w');
  const certificates = await npmConfig('cafile');
  const server = spawn(process.execPath, [verdaccio, '--config', configurationFile, '--listen', url], {
    stdio: ['ignore', output, output],
    env: { ...(certificates !== 'null' && { NODE_EXTRA_CA_CERTS: certificates }), ...process.env },
  });
  process.once('exit', () => server.kill());
  const deadline = Date.now() + 60_000;
  while (!(await answers(url))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      server.kill();
      throw new Error(`No registry at ${url}: see ${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, close: () => server.kill() };
}

const answers = (url: string) =>
  fetch(`${url}-/ping`).then(
    ({ ok }) => ok,
    () => false,
  );
