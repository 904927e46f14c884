// Who may ask, where tokens are wanted.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import type { Hearing } from '../src/hearing.js';
import { createTokens, parseTokens } from '../src/tokens.js';
import { modelCalled, problemOf, serve, soon, watchTemporaryFiles } from './served.js';
import { startServer } from './started.js';

const temporary = watchTemporaryFiles();
const [first, second] = ['first-token-0123456789', 'second.token~+/abcdef=='] as const;
const sound = wav16(new Array(8000).fill(0));

/** Hears the same in everything. */
const hearing: Hearing = {
  models: [modelCalled('fake')],
  hear: async () => ({ labels: [], events: [], seconds: 1 }) as never,
};

const serveTo = (file: string, now?: () => number) =>
  serve({ classifiers: new Map(), hearing, tokens: createTokens(parseTokens(file, 'tokens'), now) });
const withToken = (token: string, scheme = 'Bearer') => ({
  headers: { 'content-type': 'audio/wav', authorization: `${scheme} ${token}` },
});

describe('a request', () => {
  test('with a token that is known is answered, and counted by its name', async () => {
    const { send, metric, url } = await serveTo(`# ours\n\n${first} archive\n${second}\n`);
    for (const scheme of ['Bearer', 'bearer']) {
      expect((await send('/v1/classify', sound, withToken(first, scheme))).status).toBe(200);
    }
    expect((await fetch(`${url}/v1/models`, withToken(second))).status).toBe(200);
    expect(await metric('audiozoo_admitted_total{token="archive"}')).toBe(2);
    expect(await metric('audiozoo_admitted_total{token="line 4"}')).toBe(1);
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain(first);
  });

  test.each([
    ['no token', undefined, 401, 'Bearer realm="audiozoo"'],
    ['another scheme', `Basic ${first}`, 401, 'Bearer realm="audiozoo"'],
    ['an unknown token', `Bearer ${first}x`, 401, 'Bearer realm="audiozoo", error="invalid_token"'],
    [
      'part of a token',
      `Bearer ${first.slice(0, -1)}`,
      401,
      'Bearer realm="audiozoo", error="invalid_token"',
    ],
    ['an empty token', 'Bearer', 400, 'Bearer realm="audiozoo", error="invalid_request"'],
    ['two tokens', `Bearer ${first} ${second}`, 400, 'Bearer realm="audiozoo", error="invalid_request"'],
  ])('with %s is refused', async (_title, authorization, status, challenge) => {
    const { send } = await serveTo(`${first}\n${second}`);
    const headers = { 'content-type': 'audio/wav', ...(authorization && { authorization }) };
    const response = await send('/v1/classify', sound, { headers });
    expect(response.headers.get('www-authenticate')).toBe(challenge);
    expect(JSON.stringify(await problemOf(response, status))).not.toContain(first);
  });

  test('that comes too often is told when to come again, and takes nothing from other tokens', async () => {
    let now = 0;
    const { send } = await serveTo(`${first} archive 12\n${second} live 12`, () => now);
    const ask = (token: string) => send('/v1/classify', sound, withToken(token));
    expect([(await ask(first)).status, (await ask(first)).status]).toEqual([200, 200]); // ten seconds' worth at once
    const refused = await ask(first);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await problemOf(refused, 429)).toMatchObject({
      what: 'archive asks too often',
      expected: 'at most 12 requests a minute',
    });
    expect((await ask(second)).status).toBe(200);
    now = 5000;
    expect([(await ask(first)).status, (await ask(first)).status]).toEqual([200, 429]);
  });

  test('for health, metrics and the documentation needs no token', async () => {
    const { url } = await serveTo(first);
    for (const path of ['/healthz', '/metrics', '/documentation/json']) {
      expect((await fetch(url + path)).status, path).toBe(200);
    }
    const document = await (await fetch(`${url}/documentation/json`)).json();
    expect(document).toMatchObject({
      security: [{ token: [] }],
      paths: { '/healthz': { get: { security: [] } } },
    });
  });
});

describe('a file of tokens', () => {
  test.each([
    ['no token', '# none yet\n', 'at least one token'],
    ['a short token', 'secret\n', 'line 1'],
    ['a token with other characters', `${first}\nsecret§secret§secret\n`, 'line 2'],
    ['the same token twice', `${first} a\n${first} b\n`, 'each token once'],
    ['a rate that is none', `${first} a many\n`, 'got many'],
    ['a rate of nothing', `${first} a 0\n`, 'got 0'],
    ['too many words', `${first} a 5 6\n`, '1 words more'],
  ])('with %s is refused, and its tokens are not told', (_title, text, said) => {
    expect(() => parseTokens(text, 'tokens')).toThrow(said);
    expect(() => parseTokens(text, 'tokens')).not.toThrow(/first-token|secret/);
  });

  test('is read anew on SIGHUP, and stays as it was while it cannot be read', async () => {
    const file = join(temporary.folder(), 'tokens.txt');
    writeFileSync(file, `${first} archive 100000`);
    const { child, url, output } = await startServer(['--workers', '1', '--token-file', file]); // by the real clock
    const status = async (token: string) => (await fetch(`${url}/v1/models`, withToken(token))).status;
    expect([await status(first), await status(second)]).toEqual([200, 401]);
    writeFileSync(file, 'short');
    child.kill('SIGHUP');
    await soon(() => expect(output()).toContain('those known before still are'));
    expect(await status(first)).toBe(200);
    writeFileSync(file, `${second} live`);
    child.kill('SIGHUP');
    await soon(() => expect(output()).toContain('1 tokens are known'));
    expect([await status(first), await status(second)]).toEqual([401, 200]);
    expect(output()).not.toMatch(/first-token|second.token|short\b/);
  });

  test('keeps what a token has left of a minute when it is read anew', () => {
    const tokens = createTokens(parseTokens(`${first} a 6`, 'tokens'), () => 0);
    expect(() => tokens.admit(`Bearer ${second}`)).toThrow('the token is not known');
    tokens.admit(`Bearer ${first}`);
    tokens.replace(parseTokens(`${first} b 6\n${second}`, 'tokens'));
    expect(() => tokens.admit(`Bearer ${first}`)).toThrow('b asks too often');
    expect(tokens.admit(`Bearer ${second}`)).toBe('line 2');
  });
});
