// Compiles program.ts to WebAssembly, with and without relaxed SIMD, and keeps both as src/wasm/kernel-binary.ts, so
// that neither users nor their bundlers need a compiler; the former as kernels.wasm too, for places that compile nothing: `npx tsx packages/backend-web/kernel/compile.ts`. A test
// tells when that was forgotten.

import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,threads'];
const memory = ['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];

/** src/wasm/kernel-binary.ts and kernels.wasm as they should be. */
export async function compileKernels(): Promise<{ readonly source: string; readonly relaxed: Uint8Array }> {
  const relaxed = await compile(['--enable', 'relaxed-simd']);
  const plain = await compile([]);
  const source = `// Made by kernel/compile.ts from kernel/program.ts and what it imports.

/** Multiplies and adds in one step, as only newer browsers can. */
export const relaxedBinary =
${literal(relaxed)};

/** For all browsers with SIMD. */
export const plainBinary =
${literal(plain)};
`;
  return { source, relaxed };
}

async function compile(features: readonly string[]): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const values = ['program.ts', '--outFile', 'program.wasm', ...options, ...memory, ...features];
  const { error, stderr } = await main(values, {
    readFile(name) {
      // Both sides compile the layout.
      const path = name === 'layout.ts' ? '../src/wasm/layout.ts' : name;
      try {
        return readFileSync(new URL(path, import.meta.url), 'utf8');
      } catch {
        return null;
      }
    },
    writeFile(_name, contents) {
      binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`kernel/program.ts does not compile.\n${stderr}`, { cause: error });
  return binary;
}

function literal(binary: Uint8Array): string {
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g)!;
  return lines.map((line) => `  '${line}'`).join(' +\n');
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { source, relaxed } = await compileKernels();
  writeFileSync(new URL('../src/wasm/kernel-binary.ts', import.meta.url), source);
  writeFileSync(new URL('../kernels.wasm', import.meta.url), relaxed);
}
