import { ced } from '@audiozoo/ced';
import type { ZooEntry } from '@audiozoo/core';
import { expect, test } from 'vitest';

const zoo = await (ced.zoo as () => Promise<readonly ZooEntry[]>)();

test("CED's zoo holds the four published sizes with their figures, license and repositories", () => {
  const told = zoo.map(({ name, figures, license, repository }) => [name, figures.mAP, license, repository]);
  expect(told).toEqual([
    ['ced-tiny', 0.481, 'Apache-2.0', 'mispeech/ced-tiny'],
    ['ced-mini', 0.49, 'Apache-2.0', 'mispeech/ced-mini'],
    ['ced-small', 0.496, 'Apache-2.0', 'mispeech/ced-small'],
    ['ced-base', 0.5, 'Apache-2.0', 'mispeech/ced-base'],
  ]);
});
