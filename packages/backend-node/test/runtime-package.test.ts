// Which package onnxruntime comes from, and what is in the one of this repository.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runtimePackage, runtimeVersion } from '../src/runtime-package.js';

const repacked = join(import.meta.dirname, '../../onnxruntime');
const onnxruntimeNode = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audiozoo-runtime-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const comesAlong = '@audiozoo/onnxruntime';

describe('onnxruntime comes from', () => {
  function install(name: string, version: string, isEmpty = false): void {
    const installed = join(folder, 'node_modules', name);
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }));
    if (!isEmpty) writeFileSync(join(installed, 'index.js'), '');
  }
  const found = () => runtimePackage(createRequire(join(folder, 'index.js')))?.name;

  test('the package that comes along, where there is no other', () => {
    install(comesAlong, runtimeVersion);
    expect(found()).toBe(comesAlong);
  });

  test('onnxruntime-node, where it is installed beside: it may have CUDA', () => {
    install(comesAlong, runtimeVersion);
    install('onnxruntime-node', runtimeVersion);
    expect(found()).toBe('onnxruntime-node');
  });

  test('no onnxruntime-node of another version, which somebody else may have brought', () => {
    install(comesAlong, runtimeVersion);
    install('onnxruntime-node', '1.24.3');
    expect(found()).toBe(comesAlong);
  });

  test('nowhere, where none is installed, or one without its files', () => {
    expect(found()).toBeUndefined();
    install(comesAlong, runtimeVersion, true);
    expect(found()).toBeUndefined();
  });
});

describe('onnxruntime without its install script', () => {
  test('has the version that this package is made for, and no script that npm would run', () => {
    const { version, scripts } = readJson(join(repacked, 'package.json'));
    expect(version).toBe(runtimeVersion);
    expect(version).toBe(readJson(join(onnxruntimeNode, 'package.json')).version);
    expect(Object.keys(scripts)).toEqual(['prepack']); // pnpm publishes none
  });

  const fill = (manifest: object) => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    return spawnSync(process.execPath, [join(repacked, 'fill.mjs')], { cwd: folder, encoding: 'utf8' });
  };

  test('is filled with what onnxruntime-node has for every system', () => {
    const manifest = readJson(join(repacked, 'package.json'));
    expect(fill(manifest).stderr).toBe('');
    const listed = (root: string) =>
      readdirSync(root, { recursive: true }).filter((name) => !/_providers_/.test(`${name}`));
    expect(listed(join(folder, 'bin'))).toEqual(listed(join(onnxruntimeNode, 'bin')));
    for (const file of ['bin/napi-v6/linux/arm64/libonnxruntime.so.1', manifest.main, manifest.types]) {
      expect(readFileSync(join(folder, file)).equals(readFileSync(join(onnxruntimeNode, file))), file).toBe(
        true,
      );
    }
  });

  test('takes no other version than its own', () => {
    const { status, stderr } = fill({ name: 'x', version: '1.29.0' });
    expect(status).toBe(1);
    expect(stderr).toContain(`x is 1.29.0, but onnxruntime-node is ${runtimeVersion}`);
    expect(existsSync(join(folder, 'bin'))).toBe(false);
  });
});
