// Who may ask: bearer tokens (RFC 6750) out of a file, each with a name, which metrics tell in its place, and a rate.

import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AudiozooError } from '@audiozoo/core';
import { Problem } from './problem.js';

export interface Token {
  /** Of the token itself, which is not kept. */
  readonly digest: Buffer;
  readonly name: string;
  /** Requests a minute; as many as there may be when absent. */
  readonly rate: number | undefined;
}

export interface Tokens {
  /** The name of whoever brings this header. Throws 400, 401 and 429 problems. */
  admit(authorization: string | undefined): string;
  /** From now on these. Who stays has no more left of a minute than before. */
  replace(tokens: readonly Token[]): void;
}

interface Allowance {
  left: number;
  /** Milliseconds, when that was so. */
  at: number;
}

/** The share of a minute's requests that may come at once. */
const atOnce = 1 / 6;
const shortest = 16;
const mostRate = 1_000_000;
const mostBytes = 2 ** 20;
/** RFC 6750's b64token. */
const form = /^[\w.~+/-]+=*$/;
const realm = 'Bearer realm="audiozoo"';

/** Reads a file of tokens. Throws as `parseTokens` does, and the system's errors. */
export async function readTokens(path: string): Promise<Token[]> {
  const { size } = await stat(path);
  if (size > mostBytes) throw unusable(path, `at most ${mostBytes} bytes`, `${size}`);
  return parseTokens(await readFile(path, 'utf8'), path);
}

/**
 * One token a line, then its name and how many requests a minute it is good for, if there is more to say; `#` begins a
 * line that is none. Throws an `argument` error, in which no token is named.
 */
export function parseTokens(text: string, path: string): Token[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const tokens = lines.flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return [];
    const place = `${path}, line ${index + 1}`;
    const [token, name = `line ${index + 1}`, rate, ...rest] = line.split(/\s+/) as [string, ...string[]];
    if (rest.length > 0) throw unusable(place, 'a token, a name and a rate', `${rest.length} words more`);
    if (token.length < shortest || !form.test(token)) {
      throw unusable(place, `a token of at least ${shortest} of the characters A-Z a-z 0-9 - . _ ~ + /`);
    }
    return [{ digest: digestOf(token), name, rate: rate === undefined ? undefined : readRate(rate, place) }];
  });
  if (tokens.length === 0) throw unusable(path, 'at least one token');
  const digests = new Set(tokens.map(({ digest }) => digest.toString('hex')));
  if (digests.size < tokens.length) throw unusable(path, 'each token once');
  return tokens;
}

export function createTokens(first: readonly Token[], now = () => performance.now()): Tokens {
  let known = first;
  let allowances = new Map<string, Allowance>();

  function spend({ digest, name, rate }: Token): void {
    if (rate === undefined) return;
    const key = digest.toString('hex');
    const most = Math.max(1, rate * atOnce);
    const perMillisecond = rate / 60_000;
    const time = now();
    const { left, at } = allowances.get(key) ?? { left: most, at: time };
    const saved = Math.min(most, left + (time - at) * perMillisecond);
    const isEnough = saved >= 1 - 1e-9;
    allowances.set(key, { left: isEnough ? saved - 1 : saved, at: time });
    if (!isEnough) throw tooOften(name, rate, Math.ceil((1 - saved) / perMillisecond / 1000));
  }

  return {
    admit(authorization) {
      const given = authorization && /^Bearer(?: +(.*))?$/i.exec(authorization);
      if (!given) throw withoutToken();
      const [, token = ''] = given;
      if (!form.test(token)) throw malformed();
      const digest = digestOf(token);
      // All of them are compared, in constant time each: how long that takes tells nobody which was nearly right.
      const found = known.filter((candidate) => timingSafeEqual(candidate.digest, digest));
      if (!found[0]) throw unknown();
      spend(found[0]);
      return found[0].name;
    },
    replace(tokens) {
      known = tokens;
      const keys = new Set(tokens.map(({ digest }) => digest.toString('hex')));
      allowances = new Map([...allowances].filter(([key]) => keys.has(key)));
    },
  };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function readRate(text: string, place: string): number {
  const rate = Number(text);
  if (/^\d+$/.test(text) && rate >= 1 && rate <= mostRate) return rate;
  throw unusable(place, `a rate of 1 to ${mostRate} requests a minute`, text);
}

function unusable(place: string, expected: string, got?: string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `the tokens cannot be used (${place})`,
    expected,
    got,
    hint: 'Write one a line: TOKEN NAME REQUESTS-A-MINUTE, of which the last two may be left out.',
  });
}

function withoutToken(): Problem {
  return refusal(401, 'the request brings no token', realm);
}

function unknown(): Problem {
  return refusal(401, 'the token is not known', `${realm}, error="invalid_token"`);
}

function malformed(): Problem {
  return refusal(400, 'the token cannot be read', `${realm}, error="invalid_request"`);
}

function refusal(status: number, what: string, challenge: string): Problem {
  const hint = 'Send the header `Authorization: Bearer TOKEN`.';
  const option = 'authorization';
  return new Problem(status, { code: 'argument', what, hint, option }, undefined, challenge);
}

function tooOften(name: string, rate: number, seconds: number): Problem {
  return new Problem(
    429,
    {
      code: 'runtime',
      what: `${name} asks too often`,
      expected: `at most ${rate} requests a minute`,
      hint: `Try again in ${seconds} s.`,
    },
    seconds,
  );
}
