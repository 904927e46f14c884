// Compiles rows.ts to WebAssembly and keeps it as src/kernel-binary.ts, so that neither users nor their
// bundlers need a compiler: `npx tsx packages/features/kernel/compile.ts`. A test tells when that was forgotten.

import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

/** src/kernel-binary.ts as it should be. */
export async function compileKernel(): Promise<string> {
  let binary: Uint8Array | undefined;
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
  const memory = ['--initialMemory', '8', '--maximumMemory', '8']; // 512 KiB
  const { error, stderr } = await main(['rows.ts', '--outFile', 'rows.wasm', ...options, ...memory], {
    readFile(name) {
      try {
        return readFileSync(new URL(name, import.meta.url), 'utf8');
      } catch {
        return null;
      }
    },
    writeFile(_name, contents) {
      binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`kernel/rows.ts does not compile.\n${stderr}`, { cause: error });
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g)!;
  return `// Made by kernel/compile.ts from kernel/rows.ts.\nexport const kernelBinary =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../src/kernel-binary.ts', import.meta.url), await compileKernel());
}
