// The process that does the shards of tests: a bundled model, and a decoder that ends the process at marked files. Plain JavaScript on
// the built packages, since it is begun again and again: from the sources each time would take three seconds.

import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { codecs } from '@audiozoo/codecs';
import { AudiozooError } from '@audiozoo/core';
import { serveShards } from '@audiozoo/fleet';
import { loadClassifier } from '@audiozoo/tasks';
import { marks } from './marks.mjs';

/**
 * A decoder with a fault, as native code may have one.
 *
 * @type {import('@audiozoo/features/audio').SoundDecoder}
 */
const faulty = {
  name: 'faulty',
  formats: ['FLAC'],
  async open(source) {
    const end = Buffer.from(await source.read(Math.max(0, source.size - 32), Math.min(32, source.size)));
    if (end.includes(marks.kills)) process.kill(process.pid, 'SIGKILL');
    if (end.includes(marks.hangs)) await new Promise(() => {});
    return undefined;
  },
};

serveShards(async (given) => {
  const {
    folder,
    settings,
    threads = 1,
    isLost,
    isBroken,
    isUnfit,
  } = /** @type {import('./given.js').Given} */ (given);
  if (isBroken) process.exit(7);
  if (isUnfit) throw new AudiozooError({ code: 'model', what: 'the model is another' });
  const classifier = await loadClassifier(join(import.meta.dirname, '../../../models/spoken-digits'), {
    models: [ast],
    backend: onnxruntimeNode({ device: 'cpu', threads }),
  });
  const lost = () => Promise.reject(new AudiozooError({ code: 'runtime', what: 'the device is lost' }));
  return {
    classifier: isLost ? { ...classifier, logits: lost, outputs: lost } : classifier,
    settings,
    folder,
    openSource: async ({ source }) => ({ sound: source, async close() {} }),
    audio: { decoders: [faulty, ...codecs] },
  };
});
