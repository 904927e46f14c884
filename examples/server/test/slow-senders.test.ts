// Clients that send next to nothing, or never take what they are sent: however many, they keep nobody from an answer.

import { once, setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import type { Classifier } from '../src/classifier.js';
import { networkOf } from '../src/sender.js';
import {
  problemOf,
  type Served,
  type ServeOptions,
  serve,
  soon,
  unasked,
  watchTemporaryFiles,
} from './served.js';

const temporary = watchTemporaryFiles();

const quick: Classifier = {
  ...unasked,
  device: 'none',
  labels: [{ name: 'something' }],
  problemType: 'multi_label_classification',
  frontEnd: { sampleRate: 16_000, minSamples: 1, maxSamples: 16_000 },
  classify: (async () => [{ label: 'something', score: 1, index: 0 }]) as unknown as Classifier['classify'],
  logits: async () => ({ dtype: 'float32', shape: [1, 1], data: Float32Array.of(3) }),
};
const serveQuickly = (options: Partial<ServeOptions> = {}) =>
  serve({ classifiers: new Map([['quick', quick]]), ...options });

const sound = wav16(new Array(8000).fill(0));
const postHead = (type = 'audio/wav') =>
  `POST /v1/classify HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: 1000000\r\n`;
const form = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';

/** A client that sends this, then a byte from time to time; when told so, it comes again once it is sent away. */
function trickle(
  { port }: Pick<Served, 'port'>,
  beginning: string,
  localAddress = '127.0.0.1',
  again = false,
): Socket {
  const { signal } = testEnd;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {}).write(beginning);
  const trickling = setInterval(() => socket.write('x'), 100);
  socket.once('close', () => {
    clearInterval(trickling);
    if (again && !signal.aborted) setTimeout(comeAgain, 20);
  });
  const comeAgain = () => {
    if (!signal.aborted) trickle({ port }, beginning, localAddress, again);
  };
  signal.addEventListener('abort', () => socket.destroy());
  return socket;
}

let testEnd = new AbortController();
beforeEach(() => {
  testEnd = new AbortController();
  setMaxListeners(0, testEnd.signal);
});
afterEach(() => testEnd.abort());

const connectionsOf = (server: Served['app']['server']) =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));

const addresses = (count: number) => Array.from({ length: count }, (_, index) => `127.0.0.${2 + index}`);

describe('clients that trickle', () => {
  test.each<[title: string, clients: number, from: readonly string[], beginning: string]>([
    ['64 bodies from the address of others', 64, ['127.0.0.1'], `${postHead()}\r\nRIFF`],
    ['64 bodies from one address', 64, addresses(1), `${postHead()}\r\nRIFF`],
    ['500 bodies from the address of others', 500, ['127.0.0.1'], `${postHead()}\r\nRIFF`],
    ['500 bodies from fifty addresses', 500, addresses(50), `${postHead()}\r\nRIFF`],
    ['500 forms', 500, addresses(50), `${postHead('multipart/form-data; boundary=b')}\r\n${form}RIFF`],
    ['500 headers', 500, addresses(50), postHead()],
    ['500 bodies that nobody reads', 500, addresses(50), postHead().replace('/v1/classify', '/nowhere')],
  ])('keep nobody from an answer: %s', async (_title, clients, from, beginning) => {
    const served = await serveQuickly({ connections: 300 });
    for (let client = 0; client < clients; client++) {
      trickle(served, beginning, from[client % from.length], true);
    }
    await soon(async () => expect(await connectionsOf(served.app.server)).toBeGreaterThan(15));
    const times: number[] = [];
    for (let request = 0; request < 20; request++) {
      await sleep(20);
      const begun = performance.now();
      expect((await served.send('/v1/classify', sound)).status).toBe(200);
      times.push(performance.now() - begun);
    }
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(1000); // some milliseconds, on a machine with time
    expect(await served.metric('audiozoo_uploading')).toBeLessThanOrEqual(64);
  });

  test('are sent away once they are too far behind, also in a form, and leave nothing', async () => {
    const served = await serveQuickly({ leastRate: 100_000, rateGrace: 0.5 });
    const { metric } = served;
    const beginnings = [
      `${postHead()}\r\n${'x'.repeat(10)}`,
      `${postHead('multipart/form-data; boundary=b')}\r\n${form}`,
    ];
    for (const [index, beginning] of beginnings.entries()) {
      const said = await text(trickle(served, beginning)); // to the end of the connection
      expect(said).toMatch(/^HTTP\/1.1 408 .*application\/problem\+json/s);
      expect(said).toContain('the body came too slowly: expected at least 100000 bytes a second');
      await soon(async () =>
        expect(await metric('audiozoo_uploads_refused_total{why="slow"}')).toBe(index + 1),
      );
    }
    for (const type of ['audio/wav', 'multipart/form-data; boundary=b']) {
      const head = postHead(type).replace('1000000', '9999999');
      trickle(served, `${head}\r\n${type === 'audio/wav' ? '' : form}${'x'.repeat(1_500_000)}`);
      await soon(() => expect(temporary.files()).toHaveLength(1));
    }
    await soon(() => expect(temporary.files()).toEqual([]));
    await soon(async () => expect(await metric('audiozoo_uploading')).toBe(0));
    expect((await served.send('/v1/classify', sound)).status).toBe(200);
  });

  test('may do so while nobody wants their place, as fast as they must', async () => {
    const served = await serveQuickly({ leastRate: 50, rateGrace: 0.5 });
    const body = new ReadableStream({
      async start(controller) {
        for (let at = 0; at < 2000; at += 100) {
          controller.enqueue(sound.subarray(at, at + 100));
          await sleep(100);
        }
        controller.enqueue(sound.subarray(2000));
        controller.close();
      },
    });
    expect((await served.send('/v1/classify', body)).status).toBe(200);
  });
});

describe('a share', () => {
  /** As much as to have saved up time. */
  const honest = `${postHead()}\r\n${'x'.repeat(300_000)}`;
  const uploading = ({ metric }: Served, count: number) =>
    soon(async () => expect(await metric('audiozoo_uploading')).toBe(count));

  test('of the bodies on their way is what one address has; others have theirs', async () => {
    const served = await serveQuickly({ uploadsPerAddress: 2 });
    const senders = [1, 2].map(() => trickle(served, honest));
    await uploading(served, 2);
    const refused = await served.send('/v1/classify', sound);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await problemOf(refused, 429)).what).toBe('too many requests are being sent from one address');
    const other = trickle(served, `${postHead().replace('1000000', `${sound.length}`)}\r\n`, '127.0.0.9');
    other.write(sound);
    expect(String(await once(other, 'data'))).toMatch(/^HTTP\/1.1 200 /);
    expect(await served.metric('audiozoo_uploads_refused_total{why="share"}')).toBe(1);
    senders[0]!.destroy();
    await uploading(served, 1);
    expect((await served.send('/v1/classify', sound)).status).toBe(200);
  });

  test('is counted by X-Forwarded-For only where there is a proxy, and by what that has written', async () => {
    const from = (value: string) => `${postHead()}X-Forwarded-For: ${value}\r\n\r\n${'x'.repeat(300_000)}`;
    const headers = { 'content-type': 'audio/wav', 'x-forwarded-for': '1.2.3.4' };
    for (const [proxies, status] of [
      [0, 429], // all are the proxy
      [1, 200],
    ] as const) {
      const served = await serveQuickly({ uploadsPerAddress: 1, proxies });
      trickle(served, from('5.6.7.8'));
      await uploading(served, 1);
      expect((await served.send('/v1/classify', sound, { headers })).status).toBe(status);
      const forged = { ...headers, 'x-forwarded-for': '1.2.3.4, 5.6.7.8' };
      expect((await served.send('/v1/classify', sound, { headers: forged })).status).toBe(429);
    }
  });

  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('of %s is that of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('a connection', () => {
  const connections = ({ app }: Served, expected: number) =>
    soon(async () => expect(await connectionsOf(app.server)).toBe(expected));

  test('that brings no header makes room for others, the oldest first', async () => {
    const served = await serveQuickly({ connections: 3 });
    const open = () => connect(served.port, '127.0.0.1').on('error', () => {});
    const sockets = [open(), open(), open()];
    const closed = sockets.map((socket) => once(socket, 'close'));
    await connections(served, 3);
    expect((await served.send('/v1/classify', sound)).status).toBe(200);
    await closed[0];
    expect(sockets[2]!.destroyed).toBe(false);
    for (const socket of sockets) socket.destroy();
  });

  test('whose client does not take its answer is closed', async () => {
    const many = Array.from({ length: 50_000 }, (_, index) => ({ label: 'x'.repeat(200), score: 1, index }));
    const classify = (async () => many) as unknown as Classifier['classify'];
    const served = await serve({ classifiers: new Map([['wordy', { ...quick, classify }]]), patience: 1 });
    const socket = connect(served.port, '127.0.0.1').pause();
    socket.on('error', () => {});
    socket.write(`${postHead().replace('1000000', `${sound.length}`)}\r\n`);
    socket.write(sound);
    await connections(served, 1);
    await soon(async () => expect(await served.metric('audiozoo_clips_total{model="wordy"}')).toBe(1));
    await connections(served, 1); // that of the metrics
  });

  test('that goes on with a body once it is answered is closed', async () => {
    const served = await serveQuickly({ patience: 0.5 });
    const socket = trickle(served, `${postHead('text/plain')}\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 415 /);
  });
});
