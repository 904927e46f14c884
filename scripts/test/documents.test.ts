// Every snippet of the documents is compiled and run, in a folder with the bundled model and the
// spoken-digits checkpoint, so that what people copy works.

import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeFences } from '../code-fences.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const folder = join(root, '.cache/documents'); // inside the root, where the packages resolve
const bin = join(root, 'node_modules/.bin');

const packages = await readdir(join(root, 'packages'));
const guide = (await readdir(join(root, 'docs'))).sort();
const documents = await Promise.all(
  [
    'README.md',
    ...guide.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
    ...packages.map((name) => `packages/${name}/README.md`),
  ].map(async (file) => ({
    file,
    text: await readFile(join(root, file), 'utf8'),
  })),
);

const typescript = documents.flatMap(({ file, text }) =>
  codeFences(text, 'ts').map(({ code, line }) => ({
    title: `${file}:${line}`,
    script: `${file.replace(/\W/g, '-')}-${line}`,
    code,
  })),
);
const commands = documents.flatMap(({ file, text }) => {
  const lines = codeFences(text, 'sh').flatMap(({ code }) => code.replaceAll('\\\n', ' ').split('\n'));
  // What a command needs is made by the line above it.
  return lines.filter((line) => /^(audiozoo|mkdir|cp|printf) /.test(line)).map((line) => ({ file, line }));
});

const standIns = {
  'MIT/ast-finetuned-audioset-10-10-0.4593': 'models/spoken-digits',
  'laion/clap-htsat-unfused': 'packages/clap/test/fixtures/clap/fused',
};

/** What the compiler says of the snippets, once it has written their JavaScript: one run for all, as each would start slowly. */
let complaints: string;
beforeAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(root, 'models'), join(folder, 'models'), { recursive: true });
  await cp(join(root, 'packages/tasks/test/fixtures/spoken-digits'), folder, { recursive: true });
  // Folders count more than repositories of their names: small models stand in for those of Hugging Face.
  for (const [name, model] of Object.entries(standIns)) {
    await cp(join(root, model), join(folder, name), { recursive: true });
  }
  const files = typescript.map(({ script }) => join(folder, `${script}.ts`));
  await Promise.all(typescript.map(({ code }, number) => writeFile(files[number]!, code)));
  const options =
    '--ignoreConfig --module nodenext --target es2022 --strict --types node --skipLibCheck'.split(' ');
  complaints = await run(join(bin, 'tsc'), [...options, ...files], { cwd: root }).then(
    () => '',
    (error) => error.stdout,
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('snippets compile', () => {
  expect(typescript.length).toBeGreaterThan(0);
  expect(complaints).toBe('');
});

describe('snippets run', () => {
  test.each(typescript)('$title', async ({ script }) => {
    await run(process.execPath, [`${script}.js`], { cwd: folder });
  });
});

describe('commands run', () => {
  test.each(commands)('$file: $line', async ({ line }) => {
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    await run('bash', ['-c', line], { cwd: folder, env });
  });
});
