import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documents, wiring } from '../zoo.js';
import { whichModelTable } from '../zoo-tables.js';

const root = join(import.meta.dirname, '../..');

test.each([...wiring(), ...(await documents())])(
  '%s is what follows of the list of models (else: npm run zoo)',
  async (file, text) => {
    expect(await readFile(join(root, file), 'utf8')).toBe(text);
  },
);

test('the table has what is to be chosen, and what it costs where that was measured', () => {
  const entries = [
    { name: 'small', description: 'AudioSet', bestFor: 'phones', figures: { mAP: 0.4 }, weights: 1.5 },
    { name: 'large', description: 'AudioSet', bestFor: 'servers', figures: {}, license: 'MIT' },
    { name: 'odd', description: 'AudioSet', figures: {} },
  ];
  const cells = (text: string) =>
    text.split('\n').map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
  expect(cells(whichModelTable(entries, { measured: '', milliseconds: {} }))).toEqual([
    ['model', 'for', 'trained on', 'figure', 'weights', 'license'],
    [/^-+$/, /^-+$/, /^-+$/, /^-+:$/, /^-+:$/, /^-+$/].map((rule) => expect.stringMatching(rule)),
    ['`small`', 'phones', 'AudioSet', 'mAP 0.4', '1.5 M', ''],
    ['`large`', 'servers', 'AudioSet', '', '', 'MIT'],
  ]);
  const measured = whichModelTable(entries, { measured: 'On two cores.', milliseconds: { small: 3 } });
  expect(cells(measured)[2]).toEqual(['`small`', 'phones', 'AudioSet', 'mAP 0.4', '1.5 M', '3 ms', '']);
  expect(measured).toMatch(/\n\nOn two cores\.$/);
});
