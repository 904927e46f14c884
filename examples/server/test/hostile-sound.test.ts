// Sound and models that threads break on, through the server as it is built: innocents are answered meanwhile.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AudiozooError } from '@audiozoo/core';
import type { Audio } from '@audiozoo/features';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytesOf, wav16, wavFile } from '../../../testing/wav-file.js';
import type { Classifier } from '../src/classifier.js';
import { createHearing } from '../src/hearing.js';
import { clip, digits, problemOf, soon, unasked } from './served.js';
import { startServer } from './started.js';

const seven = clip('7_seven');
type Started = Awaited<ReturnType<typeof startServer>>;

async function labelOf({ send }: Started): Promise<string> {
  const response = await send('/v1/classify', seven);
  const { labels } = (await response.json()) as { labels: { label: string }[] };
  return labels[0]!.label;
}

/** Behind its samples a megabyte and more: of chunks without a byte, or of what is none. */
function behindData(rest: Uint8Array): Uint8Array {
  const samples = Array.from({ length: 16_000 }, (_, index) => (index * 7919) % 2000);
  const riffSize = 36 + 2 * samples.length + rest.length;
  return Buffer.concat([wav16(samples, { lies: { riffSize } }), rest]);
}
const bombs: [string, Uint8Array][] = [
  ['chunks', behindData(Buffer.from('junk\0\0\0\0'.repeat(180_000), 'latin1'))],
  ['zeros', behindData(new Uint8Array(1_500_000))],
];

describe.each(bombs)('files with %s behind their samples', (_title, bomb) => {
  const head = `POST /v1/classify HTTP/1.1\r\nHost: a\r\nContent-Type: audio/wav\r\nContent-Length: ${bomb.length}\r\n\r\n`;

  test('from ten clients that leave at once slow down nobody', async () => {
    const server = await startServer(['--workers', '2']);
    const leave = () =>
      new Promise<void>((resolve) => {
        const socket = connect(server.port, '127.0.0.1').on('error', () => {});
        socket.write(head);
        socket.write(bomb, () => setTimeout(() => socket.destroy(), 50));
        socket.once('close', () => resolve());
      });
    await Promise.all(Array.from({ length: 10 }, leave));
    const begun = performance.now();
    for (let request = 0; request < 10; request++) expect(await labelOf(server)).toBe('seven');
    expect(performance.now() - begun).toBeLessThan(15_000); // 3 s where nothing else goes on: threads start anew
    await soon(async () => expect(await server.metric('audiozoo_working')).toBe(0));
    await soon(async () => expect(await server.health()).toEqual([200, 'ok']));
  });

  test('from clients that stay are answered in the end, and others before long', async () => {
    const server = await startServer(['--workers', '2']);
    const stay = Array.from({ length: 4 }, async () => (await server.send('/v1/classify', bomb)).status);
    await sleep(200);
    expect(await labelOf(server)).toBe('seven');
    for (const status of await Promise.all(stay)) expect([200, 422, 500]).toContain(status);
    await soon(async () => expect(await server.health()).toEqual([200, 'ok']));
    expect(await server.metric('audiozoo_threads')).toBe(2);
    expect(await labelOf(server)).toBe('seven');
  });
});

/** The digits with weights that are NaN. */
function brokenModel(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audiozoo-broken-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(digits, folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  const { dtype, data_offsets: offsets } = header['classifier.dense.bias'];
  expect(dtype).toBe('F16');
  const [begin, end] = offsets.map((offset: number) => 8 + headerLength + offset);
  for (let at = begin; at < end; at += 2) bytes.writeUInt16LE(0x7e00, at);
  writeFileSync(path, bytes);
  return folder;
}

describe('a model that gives NaN', () => {
  test('is what the server says it is, and its health fails', async () => {
    const broken = brokenModel();
    const server = await startServer(['--model', digits, '--model', broken, '--workers', '1']);
    expect(await server.health()).toEqual([200, 'ok']); // nobody has asked it
    for (const path of ['/v1/classify?', '/v1/classify?aggregate=mean&', '/v1/events?']) {
      const response = await server.send(`${path}model=${basename(broken)}`, seven);
      expect(await problemOf(response, 500)).toMatchObject({
        code: 'runtime',
        what: `the model ${basename(broken)} gives NaN or infinite numbers`,
      });
      expect(await server.health()).toEqual([503, 'failing']);
    }
    expect(await labelOf(server)).toBe('seven'); // the other is well
    expect(await server.health()).toEqual([503, 'failing']);
    expect(await server.metric('audiozoo_threads_replaced_total')).toBe(0);
  });

  test('is not what sound is taken for that is NaN itself', async () => {
    const server = await startServer(['--workers', '1']);
    const samples = new Float32Array(16_000).fill(0.1).with(5000, Number.NaN);
    const file = wavFile(bytesOf(samples), { format: 'float', bits: 32 });
    expect((await problemOf(await server.send('/v1/classify', file), 422)).detail).toContain('NaN');
    expect(await server.health()).toEqual([200, 'ok']);
  });

  /** A classifier whose logits are these, and whose `classify` finds fault with what is not finite. */
  function classifierOf(logits: () => Promise<number>): Classifier {
    return {
      ...unasked,
      device: 'none',
      labels: [{ name: 'something' }],
      problemType: 'multi_label_classification',
      frontEnd: { sampleRate: 16_000, minSamples: 400, maxSamples: 8000 },
      classify: (async (sound: Audio) => {
        if (sound.samples.length === 5000)
          throw new AudiozooError({ code: 'runtime', what: 'too much for it' });
        const score = await logits();
        if (!Number.isFinite(score)) throw new AudiozooError({ code: 'runtime', what: 'not finite' });
        return [{ label: 'something', score, index: 0 }];
      }) as unknown as Classifier['classify'],
      logits: async () => ({ dtype: 'float32', shape: [1, 1], data: Float32Array.of(await logits()) }),
    };
  }
  const { signal } = new AbortController();
  const hearingOf = (classifier: Classifier) => {
    const limits = { maxSeconds: 10, maxWindows: 10 };
    const hearing = createHearing(new Map([['some', classifier]]), limits);
    const hear = (samples: number) => {
      const upload = Uint8Array.from(wav16(new Array(samples).fill(1)));
      return hearing.hear({ about: 'labels', model: 'some', query: { topK: 1 }, upload }, signal);
    };
    return { hearing, hear };
  };

  test('is well again once it answers', async () => {
    let logit = Number.POSITIVE_INFINITY;
    const { hearing, hear } = hearingOf(classifierOf(async () => logit));
    await expect(hear(8000)).rejects.toThrow('the model some gives NaN or infinite numbers');
    expect(hearing.failure?.message).toContain('the model some gives NaN');
    logit = 0.5;
    await hear(8000);
    expect(hearing.failure).toBeUndefined();
  });

  test('is told from one that cannot be run', async () => {
    const { hearing, hear } = hearingOf(
      classifierOf(() => Promise.reject(new AudiozooError({ code: 'runtime', what: 'no memory left' }))),
    );
    await expect(hear(8000)).rejects.toThrow('the model some cannot be run');
    expect(hearing.failure?.message).toContain('cannot be run');
  });

  test('is told from one for which a sound was too much, which is well', async () => {
    const { hearing, hear } = hearingOf(classifierOf(async () => 0.5));
    await expect(hear(5000)).rejects.toThrow('too much for it');
    expect(hearing.failure).toBeUndefined();
  });
});
