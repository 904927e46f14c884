// GET, as a download needs it: through the proxies that the environment names, along redirects that never
// lead out of encryption, with a limit to silence, and with errors that say whether another try may help.

import { STATUS_CODES } from 'node:http';
import { AudiozooError } from '@audiozoo/core';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { refusal, StatusError, showUrl, TransientError } from './failure.js';
import { isRedirect, maxRedirects, redirectTarget } from './redirect.js';

export interface HttpResponse {
  /** 200 or 206. */
  readonly status: number;
  /** Of the last address. Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** What the server that was asked said itself, redirects included; of two answers, the later one. */
  readonly ownHeaders: ReadonlyMap<string, string>;
  /** Throws TransientErrors when the connection breaks or falls silent. Must be read or discarded. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

export interface HttpRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the address's own origin, and to no other that it redirects to. */
  readonly authorization?: string | undefined;
  readonly signal: AbortSignal;
}

export interface HttpClient {
  /** Throws StatusErrors and TransientErrors, and `file` errors when an address cannot be fetched at all. */
  get(url: URL, request: HttpRequest): Promise<HttpResponse>;
  /** Closes all connections. */
  close(): Promise<void>;
}

const transientStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

const transientCodes: ReadonlySet<unknown> = new Set([
  ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'],
  ...['UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'],
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** `silence`: milliseconds without a byte after which a connection counts as dead. */
export function createHttpClient({ silence = 30_000 } = {}): HttpClient {
  // The environment's proxies are read now. HTTP goes through them as it is, HTTPS through a tunnel.
  const dispatcher = new EnvHttpProxyAgent({ proxyTunnel: false });

  return {
    async get(url, { headers = {}, authorization, signal }) {
      const timer = silenceTimer(silence);
      const either = AbortSignal.any([signal, timer.signal]);
      const broken = (at: URL) => (cause: unknown) => {
        timer.stop();
        signal.throwIfAborted();
        throw timer.signal.aborted ? fellSilent(at, silence) : notReached(at, cause);
      };

      let target = url;
      const ownHeaders = new Map<string, string>();
      for (let redirects = 0; redirects <= maxRedirects; redirects++) {
        const credentials = target.origin === url.origin && authorization ? { authorization } : {};
        timer.restart();
        const response = await request(target, {
          headers: { 'accept-encoding': 'identity', 'user-agent': 'audiozoo', ...headers, ...credentials },
          dispatcher,
          signal: either,
        }).catch(broken(target));
        timer.stop();
        const received = readHeaders(response);
        if (target.origin === url.origin) for (const [name, value] of received) ownHeaders.set(name, value);
        const { statusCode: status, body } = response;
        if (status === 200 || status === 206) {
          const read = () => watched(body, timer, broken(target));
          return {
            status,
            headers: received,
            ownHeaders,
            body: { [Symbol.asyncIterator]: read },
            discard: () => discard(body),
          };
        }
        discard(body);
        if (!isRedirect(status)) throw statusFailure(target, status, received);
        target = redirectTarget(target, received.get('location'));
      }
      throw refusal({
        what: `${showUrl(url)} leads in circles`,
        expected: `at most ${maxRedirects} redirects`,
        got: `one more, to ${showUrl(target)}`,
      });
    },
    close: () => dispatcher.destroy(),
  };
}

async function* watched(
  body: AsyncIterable<Uint8Array>,
  timer: ReturnType<typeof silenceTimer>,
  broken: (cause: unknown) => never,
): AsyncGenerator<Uint8Array> {
  try {
    timer.restart();
    for await (const bytes of body) {
      timer.stop(); // what the reader does meanwhile is no silence of the server's
      yield bytes;
      timer.restart();
    }
  } catch (cause) {
    broken(cause);
  } finally {
    timer.stop();
  }
}

function silenceTimer(milliseconds: number) {
  const controller = new AbortController();
  let timeout: NodeJS.Timeout | undefined;
  return {
    signal: controller.signal,
    stop: () => clearTimeout(timeout),
    restart() {
      clearTimeout(timeout);
      timeout = setTimeout(() => controller.abort(), milliseconds);
    },
  };
}

/** Lets go of an answer whose rest nobody reads. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {}).destroy();
}

/** Of headers that come more than once, the first. */
function readHeaders({ headers }: Dispatcher.ResponseData): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(headers).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value;
      return first === undefined ? [] : [[name.toLowerCase(), first] as const];
    }),
  );
}

function fellSilent(url: URL, silence: number): TransientError {
  return new TransientError(
    refusal({ what: `${url.host} fell silent`, got: `no byte in ${silence / 1000} seconds` }),
  );
}

function notReached(url: URL, cause: unknown): Error {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const error = new AudiozooError({
    code: 'file',
    what: `the connection to ${url.host} failed`,
    got: [code, message].filter(Boolean).join(', '),
    hint: 'Check the address and the network; behind a proxy, set HTTPS_PROXY.',
    cause,
  });
  return transientCodes.has(code) ? new TransientError(error) : error;
}

function statusFailure(url: URL, status: number, headers: ReadonlyMap<string, string>): Error {
  const retryAfter = readRetryAfter(headers.get('retry-after'));
  const error = new StatusError(status, {
    what: `${showUrl(url)} was not given`,
    expected: 'status 200',
    got: `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd(),
    ...hintFor(status, retryAfter),
  });
  return transientStatuses.has(status) ? new TransientError(error, retryAfter) : error;
}

function hintFor(status: number, retryAfter: number): { hint?: string } {
  if (retryAfter > 0) return { hint: `The server asks to wait ${Math.ceil(retryAfter / 1000)} seconds.` };
  if (status === 401 || status === 403) return { hint: 'It may be private, or gone: check the address.' };
  return status === 404 || status === 410 ? { hint: 'Check the address.' } : {};
}

/** Seconds, or a date → milliseconds from now; 0 when absent or past. */
function readRetryAfter(text: string | undefined): number {
  if (text === undefined) return 0;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Math.max(0, wait || 0);
}
