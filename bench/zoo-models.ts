// The models that zoo.ts, web-zoo.ts and costs.ts measure: with random weights, made once.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnyModel, JsonObject, Parameter } from '@audiozoo/core';
import { elementCount, storedParameters } from '@audiozoo/core/plugin';
import { efficientat } from '@audiozoo/efficientat';
import { stop } from './command-line.js';

const folder = join(import.meta.dirname, '.cache/zoo');
export const peers = join(import.meta.dirname, 'peers');
const program = join(import.meta.dirname, '../packages/audiozoo/bin/audiozoo.js');

/** Runs a program; when it fails, so does this one. */
export function call(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: ['ignore', process.stderr.fd, 'inherit'] });
  if (status !== 0)
    stop(`\`${[command, ...args].join(' ')}\` failed. See bench/README.md for the Python it takes.`);
}

/** ced-tiny, mn10 or clap: what the peer reads and what we read, made by `python`. */
export async function zooModel(
  name: string,
  python: string,
): Promise<{ readonly theirs: string; readonly ours: string }> {
  await mkdir(folder, { recursive: true });
  const isDirectory = name === 'clap';
  const theirs = join(folder, isDirectory ? name : `${name}.pt`);
  const made = isDirectory ? join(theirs, 'preprocessor_config.json') : theirs;
  if (!existsSync(made)) call(python, ['-W', 'ignore', join(peers, 'zoo.py'), 'make', name, theirs]);
  const ours = isDirectory ? theirs : join(folder, name);
  if (!existsSync(ours)) call(process.execPath, [program, 'convert', theirs, '--out', ours]);
  return { theirs, ours };
}

/** The directory of a model with random weights, made from its config.json alone. */
export async function randomModel(
  name: string,
  model: AnyModel,
  config: JsonObject,
  preprocessorConfig: JsonObject = {},
): Promise<string> {
  const directory = join(folder, name);
  const file = join(directory, 'model.safetensors');
  if (existsSync(file)) return directory;
  const weights = storedParameters(model.parameters(model.readConfig(config, preprocessorConfig)));
  let offset = 0;
  const header = Object.fromEntries(
    weights.map(({ name, shape }) => {
      const start = offset;
      offset += 4 * elementCount(shape);
      return [name, { dtype: 'F32', shape, data_offsets: [start, offset] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), JSON.stringify(config));
  await writeFile(join(directory, 'preprocessor_config.json'), JSON.stringify(preprocessorConfig));
  await writeFile(file, Buffer.concat([size, text, ...weights.map(randomValues)]));
  return directory;
}

/** The directory of a frame_mn10. */
export const frameModel = () => randomModel('frame-mn10', efficientat, frameConfig(1));

/** config.json of a frame_mn, and of an mn. */
export const frameConfig = (width: number) => ({ ...mnConfig(width), variant: 'frame_mn' });
export const mnConfig = (width: number) => ({
  model_type: 'efficientat',
  variant: 'mn',
  width_multiplier: width,
});

function randomValues({ name, shape }: Parameter): Uint8Array {
  const isVariance = name.endsWith('running_var');
  const scale = 2 * (elementCount(shape) / shape[0]!) ** -0.5;
  const values = Float32Array.from({ length: elementCount(shape) }, () =>
    isVariance ? 1 : (Math.random() - 0.5) * scale,
  );
  return new Uint8Array(values.buffer);
}
