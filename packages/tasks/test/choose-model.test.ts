import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { referenceBackend } from '@audiozoo/core/testing';
import { type LoadClassifierOptions, loadClassifier } from '@audiozoo/tasks';
import { expect, test, vi } from 'vitest';

const folder = join(import.meta.dirname, '../../../models/spoken-digits');
const load = (models: LoadClassifierOptions['models']) =>
  loadClassifier(folder, { models, backend: referenceBackend() });

test('of models that are loaded when they are met, only the one that is met is loaded', async () => {
  const met = vi.fn(async () => ast);
  const other = vi.fn(async () => ast);
  const classifier = await load([
    { type: 'other', load: other },
    { type: ast.type, load: met },
  ]);
  await classifier.dispose();
  expect(met).toHaveBeenCalledOnce();
  expect(other).not.toHaveBeenCalled();
});

test('what is loaded must be a model', async () => {
  const empty = async () => ({}) as typeof ast;
  await expect(load([{ type: ast.type, load: empty }])).rejects.toThrow('one of the models is none');
});
