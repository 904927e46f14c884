import { expect, test } from 'vitest';
import { rememberSound } from '../src/training/remembered-sound.js';

/** Two clips of ten samples, and how often each was decoded. */
function twoClips() {
  const decoded = [0, 0];
  const clips = decoded.map((_, place) => ({
    name: `${place}`,
    labels: [0],
    async sound(sampleRate: number, { maxSamples = Infinity }: { maxSamples?: number | undefined }) {
      decoded[place]!++;
      return new Float32Array(10).fill(sampleRate + place).subarray(0, maxSamples);
    },
  }));
  return { decoded, set: { labels: [{ name: 'dog' }], clips } };
}

test('decodes a clip once for all that ask for no more of it, at the same rate', async () => {
  const { decoded, set } = twoClips();
  const [clip] = rememberSound(set).clips;
  const first = await clip!.sound(16, { maxSamples: 6 });
  first.fill(0); // as augmentation may
  expect(await clip!.sound(16, { maxSamples: 4 })).toEqual(new Float32Array(4).fill(16));
  expect(decoded).toEqual([1, 0]);
  expect(await clip!.sound(16, {})).toHaveLength(10);
  expect(await clip!.sound(16, { maxSamples: 6 })).toHaveLength(6);
  expect(decoded).toEqual([2, 0]);
  expect(await clip!.sound(32, {})).toEqual(new Float32Array(10).fill(32));
  expect(decoded).toEqual([3, 0]);
});

test('remembers no more than it may', async () => {
  const { decoded, set } = twoClips();
  const { clips } = rememberSound(set, 60); // bytes: one clip of ten samples, and a half
  for (const clip of [...clips, ...clips]) expect(await clip.sound(16, {})).toHaveLength(10);
  expect(decoded).toEqual([1, 2]);
});
