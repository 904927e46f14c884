// Compiles products.ts to WebAssembly and keeps it as src/search/kernel-binary.ts, so that neither users nor their
// bundlers need a compiler: `npx tsx packages/tasks/kernel/compile.ts`. A test tells when that was forgotten.

import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

/** src/search/kernel-binary.ts as it should be. */
export async function compileKernel(): Promise<string> {
  const source = readFileSync(new URL('products.ts', import.meta.url), 'utf8');
  let binary: Uint8Array | undefined;
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory'];
  const { error, stderr } = await main(['products.ts', '--outFile', 'products.wasm', ...options], {
    readFile: (name) => (name === 'products.ts' ? source : null),
    writeFile(_name, contents) {
      binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`kernel/products.ts does not compile.\n${stderr}`, { cause: error });
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g)!;
  return `// Made by kernel/compile.ts from kernel/products.ts.\nexport const kernelBinary =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../src/search/kernel-binary.ts', import.meta.url), await compileKernel());
}
