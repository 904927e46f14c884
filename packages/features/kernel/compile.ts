// Compiles the programs beside it to WebAssembly and keeps each as src/NAME-binary.ts, so that neither users nor their
// bundlers need a compiler: `npx tsx packages/features/kernel/compile.ts`. A test tells when that was forgotten.

import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

/** Pages of 64 KiB that each program works in. */
export const programs = { rows: 8, interpolation: 20 } as const;
export type ProgramName = keyof typeof programs;

/** Where the program is kept. */
export function binaryFile(name: ProgramName): URL {
  return new URL(`../src/${name}-binary.ts`, import.meta.url);
}

/** That file as it should be. */
export async function compileProgram(name: ProgramName): Promise<string> {
  let binary: Uint8Array | undefined;
  const pages = `${programs[name]}`;
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
  const memory = ['--initialMemory', pages, '--maximumMemory', pages];
  const { error, stderr } = await main([`${name}.ts`, '--outFile', `${name}.wasm`, ...options, ...memory], {
    readFile(file) {
      try {
        return readFileSync(new URL(file, import.meta.url), 'utf8');
      } catch {
        return null;
      }
    },
    writeFile(_file, contents) {
      binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`kernel/${name}.ts does not compile.\n${stderr}`, { cause: error });
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g)!;
  return `// Made by kernel/compile.ts from kernel/${name}.ts.\nexport const ${name}Binary =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(programs) as ProgramName[]) {
    writeFileSync(binaryFile(name), await compileProgram(name));
  }
}
