import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeFirst } from '../src/disk/index.js';
import { temporaryFolder } from './temporary-folder.js';

/** As on a file system that has no hard links. */
function withoutLinks(): void {
  const { link } = fs;
  const put = (value: typeof link) => {
    fs.link = value;
    syncBuiltinESMExports();
  };
  onTestFinished(() => put(link));
  put(() => Promise.reject(Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' })));
}

describe.each([
  ['where there are hard links', () => {}],
  ['where there are none', withoutLinks],
])('writeFirst %s', (_, prepare) => {
  test('makes a file once, whoever else would', async () => {
    prepare();
    const folder = temporaryFolder();
    const target = join(folder, 'a.json');
    const texts = ['first', 'second', 'third'];
    const made = await Promise.all(
      texts.map((text) => writeFirst(target, (partial) => fs.writeFile(partial, text))),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await fs.readFile(target, 'utf8')).toBe(texts[made.indexOf(true)]);
    expect(await writeFirst(target, (partial) => fs.writeFile(partial, 'late'))).toBe(false);
    expect(await fs.readdir(folder)).toEqual(['a.json']);
  });

  test('says what is wrong with the place', async () => {
    prepare();
    const target = join(temporaryFolder(), 'a.json');
    const writing = writeFirst(target, (partial) => fs.rm(partial, { force: true }));
    await expect(writing).rejects.toMatchObject({ code: 'file', what: expect.stringContaining(target) });
  });
});
