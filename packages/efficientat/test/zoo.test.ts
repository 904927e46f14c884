import type { ForeignCheckpoint, ZooEntry } from '@audiozoo/core';
import { checkSettings } from '@audiozoo/core/plugin';
import { efficientat } from '@audiozoo/efficientat';
import { expect, test } from 'vitest';

const zoo = await (efficientat.zoo as () => Promise<readonly ZooEntry[]>)();
const { settings } = await (efficientat.foreignCheckpoint as () => Promise<ForeignCheckpoint>)();

test("EfficientAT's zoo holds what is published, with addresses, figures and what the files do not say", () => {
  const entry = (name: string) => zoo.find((each) => each.name === name)!;
  expect(entry('mn10_as')).toMatchObject({ figures: { mAP: 0.471 }, license: 'MIT' });
  expect(entry('mn10_as_hop_15').checkpoint).toEqual({
    url: 'https://github.com/fschmid56/EfficientAT/releases/download/v0.0.1/mn10_as_hop_15_mAP_463.pt',
    conversion: { settings: { hopLength: 480 } },
  });
  expect(entry('frame_mn10').checkpoint!.url).toBe(
    'https://github.com/fschmid56/PretrainedSED/releases/download/v0.0.1/frame_mn10_strong_1.pt',
  );
  expect(new Set(zoo.map(({ name }) => name)).size).toBe(zoo.length);
});

test('what the zoo says of conversions are settings of the model', () => {
  for (const { checkpoint } of zoo) checkSettings('efficientat', checkpoint?.conversion?.settings, settings);
});
