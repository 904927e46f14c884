// Which package onnxruntime comes from. JavaScript for the reason that local-session.js gives.

import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** What this package is made for. Another's libraries may compute otherwise, or not at all. */
export const runtimeVersion = '1.30.0';

/**
 * onnxruntime-node where it is installed beside, since whoever did that may have fetched CUDA for it; else the same without an
 * install script, which this package depends on.
 *
 * @param {NodeJS.Require} require What finds packages.
 * @returns {{ name: string, folder: string } | undefined} Undefined where neither is installed.
 */
export function runtimePackage(require = createRequire(import.meta.url)) {
  for (const name of ['onnxruntime-node', '@audiozoo/onnxruntime']) {
    try {
      const manifest = require.resolve(`${name}/package.json`);
      require.resolve(name); // in a clone, the second has no files
      if (require(manifest).version === runtimeVersion) return { name, folder: dirname(manifest) };
    } catch {
      // not installed
    }
  }
  return undefined;
}

/**
 * @returns {typeof import('onnxruntime-common')}
 * @throws {Error} Without such a package, and where its library does not load.
 */
export function loadRuntime() {
  const require = createRequire(import.meta.url);
  const found = runtimePackage(require);
  if (!found)
    throw new Error(`neither @audiozoo/onnxruntime nor onnxruntime-node ${runtimeVersion} is installed`);
  return require(found.name);
}
