import { describe, expect, test } from 'vitest';
import { parseQueueAddress } from '../../src/queue/address.js';

describe('the address of a queue', () => {
  test('is one Redis', () => {
    expect(parseQueueAddress('redis://example.org', {})).toMatchObject({
      ...{ kind: 'single', nodes: [{ host: 'example.org', port: 6379 }], database: 0, tls: false },
      shown: 'redis://example.org',
    });
    expect(parseQueueAddress('rediss://ann:p%40ss@[::1]:7000/3', {})).toMatchObject({
      ...{ nodes: [{ host: '::1', port: 7000 }], database: 3, tls: true, username: 'ann', password: 'p@ss' },
      shown: 'rediss://[::1]:7000/3',
    });
    expect(parseQueueAddress('redis://:secret@example.org', {})).toMatchObject({ password: 'secret' });
  });

  test('is what sentinels watch, or a cluster', () => {
    expect(parseQueueAddress('redis-sentinel://a:1,b/main/2', {})).toMatchObject({
      kind: 'sentinel',
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26379 },
      ],
      ...{ masterName: 'main', database: 2 },
    });
    expect(parseQueueAddress('rediss-cluster://a,b:7001', {})).toMatchObject({
      ...{ kind: 'cluster', tls: true },
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7001 },
      ],
    });
  });

  test('leaves what is secret to the environment', () => {
    const environment = {
      AUDIOZOO_REDIS_USERNAME: 'ann',
      AUDIOZOO_REDIS_PASSWORD: 'secret',
      AUDIOZOO_REDIS_SENTINEL_PASSWORD: 'other',
      AUDIOZOO_REDIS_CA: '/etc/ca.pem',
    };
    expect(parseQueueAddress('redis://example.org', environment)).toMatchObject({
      ...{ username: 'ann', password: 'secret', sentinelPassword: 'other', caFile: '/etc/ca.pem' },
    });
    expect(parseQueueAddress('redis://bob:word@example.org', environment)).toMatchObject({
      ...{ username: 'bob', password: 'word' },
    });
  });

  test.each([
    'http://example.org',
    'redis://',
    'redis://a,b',
    'redis://a:99999',
    'redis://a/b',
    'redis-sentinel://a',
    'redis-cluster://a/3',
    'redis://a?x=1',
    'redis://ann:%zz@a',
  ])('is not %s', (text) => {
    expect(() => parseQueueAddress(text, {})).toThrow('not the address of a queue');
  });

  test('does not tell passwords when it is wrong', () => {
    expect(() => parseQueueAddress('redis://ann:secret@a,b', {})).toThrow(/^(?!.*secret).*redis:\/\/…@a,b/);
  });
});
