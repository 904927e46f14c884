import { ast } from '@audiozoo/ast';
import { describe, expect, test } from 'vitest';

const { zoo: list } = ast;
const zoo = typeof list === 'function' ? await list() : list!;

describe("AST's zoo", () => {
  test('holds the official checkpoints with their figures', () => {
    const figures = zoo.map(({ figures }) => Object.entries(figures)[0]);
    expect(figures).toEqual([
      ...[0.4593, 0.4495, 0.4483, 0.4475, 0.4467, 0.4431, 0.4422].map((mAP) => ['mAP', mAP]),
      ['accuracy', 0.9812],
    ]);
  });

  test.each(zoo.map((entry) => [entry.name, entry] as const))(
    '%s names its file, its repository and how to convert it',
    (name, { checkpoint, repository }) => {
      expect(new URL(checkpoint!.url).pathname.split('/').at(-1)).toBe(`${name}.pth`);
      const strides = /_(\d\d)_\d\d_/.exec(name)![1];
      expect(checkpoint!.conversion!.settings).toMatchObject({ fstride: Number(strides), heads: 12 });
      expect(checkpoint!.conversion!.labels).toHaveLength(name.startsWith('audioset') ? 527 : 35);
      expect(repository).toMatch(/^MIT\/ast-finetuned-/);
    },
  );
});
