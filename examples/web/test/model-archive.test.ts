import { expect, test } from 'vitest';
import { newRecording } from '../src/teach/lesson.js';
import { packModel, unpackModel } from '../src/teach/model-archive.js';

const config = new File(['{}'], 'config.json');

test('what is packed comes back: the model, and each recording under its name', async () => {
  const recording = () => newRecording({ samples: Float32Array.of(0, 0.5, -1, 2), sampleRate: 16_000 });
  const lesson = [
    { name: 'a "loud" bell', recordings: [recording(), recording()] },
    { name: 'rain', recordings: [recording()] },
  ];
  const { files, sounds } = await unpackModel(await packModel('mine', [config], lesson));
  expect(files.map(({ name }) => name)).toEqual(['config.json']);
  expect(sounds.map(({ name, recordings }) => [name, recordings.length])).toEqual([
    ['a "loud" bell', 2],
    ['rain', 1],
  ]);
  const wav = new Uint8Array(await sounds[0]!.recordings[0]!.arrayBuffer());
  // What is above full scale is clipped.
  expect([...new Int16Array(wav.buffer, 44)]).toEqual([0, 16384, -32768, 32767]);
});

test('a zip of a model folder without recordings is a model alone', async () => {
  const { files, sounds } = await unpackModel(await packModel('mine', [config], []));
  expect([files.length, sounds]).toEqual([1, []]);
});

test('what is no zip, and a zip without a model, are refused', async () => {
  await expect(unpackModel(new Blob(['Dear diary']))).rejects.toThrow(/no zip/);
  await expect(unpackModel(await packModel('mine', [], []))).rejects.toThrow(/config\.json/);
});
