// Makes what the comparison needs and is not there yet: the peer's package, the model, the peer's graphs.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeAstBase } from './make-ast-base.js';

const peers = join(import.meta.dirname, 'peers');

function run(command: string, args: readonly string[], mend: string): void {
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', process.stderr.fd, 'inherit'],
    // onnxruntime-node's installer would fetch CUDA libraries.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (status !== 0) throw new Error(`\`${[command, ...args].join(' ')}\` failed. ${mend}`);
}

/** The same weights as audiozoo quantises them. */
export function quantised(directory: string): string {
  const out = `${directory}-int8`;
  if (existsSync(join(out, 'model.safetensors'))) return out;
  const program = join(import.meta.dirname, '../packages/cli/bin/audiozoo.js');
  const values = ['quantize', '--model', directory, '--out', out, '--dtype', 'int8'];
  run(process.execPath, [program, ...values], 'Is it built (npm run build)?');
  return out;
}

/** The model directory, with the peer's graphs in it. `python` has PyTorch, see peers/requirements.txt. */
export async function prepare(python: string): Promise<string> {
  if (!existsSync(join(peers, 'node_modules/@huggingface/transformers'))) {
    run('npm', ['ci', '--prefix', peers], 'It installs transformers.js, so it needs the network.');
  }
  const directory = join(import.meta.dirname, '.cache/ast-base');
  if (!existsSync(join(directory, 'model.safetensors'))) await makeAstBase(directory);
  if (!existsSync(join(directory, 'onnx/model_quantized.onnx'))) {
    run(
      python,
      [join(peers, 'export-peer.py'), directory],
      "transformers.js needs a graph from PyTorch's exporter: `pip install -r bench/peers/requirements.txt`, then name that Python with --python.",
    );
  }
  return directory;
}
