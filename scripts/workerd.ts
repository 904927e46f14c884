// A worker for workerd: scripts/consumers/workerd.js as a bundler makes it, and the configuration that names its files.

import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const kernels = '@audiozoo/backend-web/kernels.wasm';

/** Writes the worker into a folder; gives its configuration, for `workerd test`. */
export async function writeWorker(root: string, folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    resolve: { conditions: ['workerd', 'module'] },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      lib: { entry: join(root, 'scripts/consumers/workerd.js'), formats: ['es'], fileName: () => 'main.js' },
      rolldownOptions: { external: kernels, output: { codeSplitting: false } },
    },
  });
  cpSync(join(root, 'packages/backend-web/kernels.wasm'), join(folder, 'kernels.wasm'));
  const model = join(root, 'models/spoken-digits');
  const data = {
    clip: 'clips/7_seven.wav',
    'config.json': 'config.json',
    'preprocessor_config.json': 'preprocessor_config.json',
    'model.safetensors': 'model.safetensors',
  };
  const bindings = Object.entries(data).map(([name, file]) => {
    cpSync(join(model, file), join(folder, name));
    return `(name = "${name}", data = embed "${name}")`;
  });
  const configuration = join(folder, 'workerd.capnp');
  writeFileSync(
    configuration,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
const worker :Workerd.Worker = (
  modules = [
    (name = "main.js", esModule = embed "main.js"),
    (name = "${kernels}", wasm = embed "kernels.wasm")
  ],
  bindings = [
    ${bindings.join(',\n    ')}
  ],
  compatibilityDate = "2026-11-01",
);
`,
  );
  return configuration;
}
