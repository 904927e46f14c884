// The bundled model of ten sounds, as it is shipped, on the recordings that are shipped with it.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { vorbis } from '@audiozoo/codecs';
import { parseCsv } from '@audiozoo/core/plugin';
import { efficientat } from '@audiozoo/efficientat';
import { type AudioClassifier, loadClassifier } from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const shipped = join(import.meta.dirname, '../../../models/ten-sounds');
const clips = await readdir(join(shipped, 'clips'));

describe('ten sounds', () => {
  let classifier: AudioClassifier;
  beforeAll(async () => {
    const backend = onnxruntimeNode({ device: 'cpu' });
    classifier = await loadClassifier(shipped, { models: [efficientat], backend });
  });
  afterAll(() => classifier.dispose());

  test('has a recording of each', () => {
    const names = classifier.labels.map(({ name }) => `${name}.ogg`);
    expect(names).toHaveLength(10);
    expect(clips.toSorted()).toEqual(names.toSorted());
  });

  test.each(clips)('%s is told right', async (clip) => {
    const labels = await classifier.classify(join(shipped, 'clips', clip), {
      topK: 1,
      decoders: [vorbis],
    });
    expect(labels[0]!.label).toBe(clip.replace('.ogg', ''));
  });

  test('is at most 6 MB', async () => {
    expect((await stat(join(shipped, 'model.safetensors'))).size).toBeLessThan(6e6);
  });

  test('says of each recording that it was trained on who made it, and its licence', async () => {
    const [header, ...rows] = parseCsv(
      await readFile(join(shipped, 'recordings.csv'), 'utf8'),
      'recordings.csv',
    );
    expect(header).toEqual(['file', 'fold', 'target', 'label', 'licence', 'author', 'source']);
    expect(rows).toHaveLength(320);
    for (const row of rows) {
      const [file, , , , licence, author, source] = row;
      expect(['CC0', 'CC-BY', 'CC-Sampling+'], file).toContain(licence);
      expect(author, file).not.toBe('');
      expect(source, file).not.toBe('');
    }
  });
});
