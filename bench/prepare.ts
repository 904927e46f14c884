// Makes what the comparison needs and is not there yet: the peer's package, the model, the peer's graphs.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stop } from './command-line.js';
import { astBase, astBaseDirectory } from './make-ast-base.js';

const peers = join(import.meta.dirname, 'peers');

function run(command: string, args: readonly string[], hint: string): void {
  const { error, status } = spawnSync(command, args, {
    stdio: ['ignore', process.stderr.fd, 'inherit'],
    // onnxruntime-node's installer would fetch CUDA libraries.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  const why = error ? ` (${error.message})` : '';
  if (status !== 0) stop(`\`${[command, ...args].join(' ')}\` failed${why}. ${hint}`);
}

/** Ends the process unless `python` has what export-peer.py imports. */
function checkPython(python: string): void {
  const imports = 'import torch, transformers, onnx, onnxruntime';
  const { error, status, signal, stderr } = spawnSync(python, ['-c', imports], { encoding: 'utf8' });
  if (status === 0) return; // whatever it warns of
  const lastLine = stderr?.trim().split('\n').at(-1);
  const missing = error
    ? `it cannot be started (${error.message})`
    : lastLine || `\`${imports}\` ended with ${status ?? signal}`;
  stop(`transformers.js is measured on a graph that PyTorch exports, once. That takes a Python with the packages of
bench/peers/requirements.txt, and ${python} will not do: ${missing}.

  python3 -m venv .cache/python
  .cache/python/bin/pip install -r bench/peers/requirements.txt

and then the same command with \`--python .cache/python/bin/python\`. audiozoo itself needs no Python.`);
}

/** The same weights as audiozoo quantizes them. */
export function quantized(directory: string): string {
  const out = `${directory}-int8`;
  if (existsSync(join(out, 'model.safetensors'))) return out;
  const program = join(import.meta.dirname, '../packages/cli/bin/audiozoo.js');
  const values = ['quantize', '--model', directory, '--out', out, '--dtype', 'int8'];
  run(process.execPath, [program, ...values], 'Is it built (`npm run build`)?');
  return out;
}

/** transformers.js, into `peers`. */
export function installPeers(): void {
  if (existsSync(join(peers, 'node_modules/@huggingface/transformers'))) return;
  run('npm', ['ci', '--prefix', peers], 'It installs transformers.js, so it needs the network.');
}

/** The model directory, with the peer's graphs in it. `python` has PyTorch, see peers/requirements.txt. */
export async function prepare(python: string): Promise<string> {
  const isExported = existsSync(join(astBaseDirectory, 'onnx/model_quantized.onnx'));
  if (!isExported) checkPython(python); // before minutes go into the rest
  installPeers();
  const directory = await astBase();
  if (!isExported) run(python, [join(peers, 'export-peer.py'), directory], 'Above is what Python says.');
  return directory;
}
