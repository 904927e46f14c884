// The web application: sets up, builds it and serves the build, which keeps working offline after a first
// visit. `npm run web -- --dev` serves the sources instead, and reloads as they change.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root, setUp } from './setup.mjs';

const { values } = parseArgs({
  options: {
    dev: { type: 'boolean', default: false },
    host: { type: 'string' },
    port: { type: 'string', default: '4173' },
  },
});

setUp();

// Resolved now: on a fresh clone Vite has only just been installed.
const application = `${root}/examples/web`;
const entry = createRequire(`${application}/package.json`).resolve('vite');
const { build, createServer, preview } = await import(pathToFileURL(entry).href);
const options = { root: application, configFile: `${application}/vite.config.ts`, logLevel: 'warn' };
const address = { host: values.host ?? 'localhost', port: Number(values.port) };

let server;
if (values.dev) {
  server = await createServer({ ...options, server: address });
  await server.listen();
} else {
  await build(options);
  server = await preview({ ...options, preview: address });
}
console.log('\nThe page is served until you press Ctrl+C:\n');
for (const url of [...server.resolvedUrls.local, ...server.resolvedUrls.network]) console.log(`  ${url}`);
if (values.host) console.log('\nMicrophone, threads and WebGPU need https, or localhost.');
