// GET, as a download needs it: along redirects that never lead out of encryption, with a limit to silence, and with
// errors that say whether another try may help. In a page the browser follows redirects, and decodes what comes
// compressed; elsewhere both are done, or refused, here.

import { AudiozooError } from '../errors.js';
import { piecesOf } from './byte-stream.js';
import { refusal, StatusError, showUrl, TransientError } from './failure.js';
import { isRedirect, maxRedirects, redirectTarget } from './redirect.js';

/** How a server is asked. */
export interface RequestOptions {
  /** What to fetch with: one that goes through a proxy, for example. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Sent to the address's own origin, and to no other that it redirects to. */
  readonly authorization?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly silence?: number | undefined;
  /** Past the browser's own HTTP cache, for those who keep the file themselves. */
  readonly bypass?: boolean | undefined;
}

export interface RangeOptions extends RequestOptions {
  /** A Range header. */
  readonly range?: string | undefined;
  /** The version that the range is of. */
  readonly ifRange?: string | undefined;
}

export interface Answer {
  /** Whether the body is a part, as was asked for; otherwise it is the whole file. */
  readonly isPart: boolean;
  /** Of the last address. */
  readonly headers: Headers;
  /** What the server that was asked said itself, redirects included; of two answers, the later one. */
  readonly ownHeaders: Headers;
  /** Throws TransientErrors when the connection breaks or falls silent. Must be read or discarded. */
  readonly body: AsyncGenerator<Uint8Array, undefined>;
  discard(): Promise<void>;
}

const transientStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

const transientCodes: ReadonlySet<unknown> = new Set([
  ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'],
  ...['UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'],
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** Whether this is a page or its worker, where the browser has a part in each request. */
export const isInPage = 'location' in globalThis;

/** Whether the browser knows that it has no network. */
export function isOffline(): boolean {
  return (globalThis as { navigator?: Partial<Navigator> }).navigator?.onLine === false;
}

/** Throws StatusErrors and TransientErrors, and `file` errors when an address cannot be fetched at all. */
export async function request(url: URL, options: RangeOptions = {}): Promise<Answer> {
  const { fetch = globalThis.fetch, authorization, range, ifRange, signal, silence = 30_000 } = options;
  const timer = silenceTimer(silence);
  const either = signal ? AbortSignal.any([signal, timer.signal]) : timer.signal;
  let target = url;
  const ownHeaders = new Headers();
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    timer.restart();
    const response = await fetch(target, {
      headers: {
        ...(!isInPage && { 'accept-encoding': 'identity', 'user-agent': 'audiozoo' }),
        ...(range !== undefined && { range }),
        ...(ifRange !== undefined && { 'if-range': ifRange }),
        ...(target.origin === url.origin && authorization !== undefined && { authorization }),
      },
      cache: options.bypass ? 'no-store' : 'default',
      redirect: isInPage ? 'follow' : 'manual',
      signal: either,
    }).catch((cause: unknown) => {
      timer.stop();
      signal?.throwIfAborted();
      // A server of another origin may not allow the header, where browsers ask for leave first.
      if (range !== undefined && isForeign(url)) return undefined;
      throw timer.signal.aborted ? fellSilent(target, silence) : notReached(target, cause);
    });
    if (!response) return request(url, { ...options, range: undefined, ifRange: undefined });
    timer.stop();
    const { status, headers } = response;
    if (target.origin === url.origin) for (const [name, value] of headers) ownHeaders.set(name, value);
    if (status === 200 || status === 206) {
      const body = watched(response, timer, (cause, received) => {
        signal?.throwIfAborted();
        return timer.signal.aborted
          ? fellSilent(target, silence)
          : brokeOff(target, response, received, cause);
      });
      const discard = async () => {
        timer.stop();
        await body.return(undefined);
        await response.body?.cancel().catch(() => undefined); // locked where it has been read
      };
      return { isPart: status === 206, headers, ownHeaders, body, discard };
    }
    await response.body?.cancel().catch(() => undefined);
    if (!isRedirect(status)) throw statusFailure(target, response);
    target = redirectTarget(target, headers.get('location'));
  }
  throw refusal({
    what: `${showUrl(url)} leads in circles`,
    expected: `at most ${maxRedirects} redirects`,
    got: `one more, to ${showUrl(target)}`,
  });
}

async function* watched(
  { body }: Response,
  timer: ReturnType<typeof silenceTimer>,
  failure: (cause: unknown, received: number) => Error,
): AsyncGenerator<Uint8Array, undefined> {
  let received = 0;
  let isReading = true;
  try {
    timer.restart();
    for await (const bytes of body ? piecesOf(body) : []) {
      timer.stop(); // what the reader does meanwhile is no silence of the server's
      received += bytes.length;
      isReading = false;
      yield bytes;
      isReading = true;
      timer.restart();
    }
  } catch (cause) {
    throw isReading ? failure(cause, received) : cause;
  } finally {
    timer.stop();
  }
}

function silenceTimer(milliseconds: number) {
  const controller = new AbortController();
  let timeout: ReturnType<typeof setTimeout> | undefined;
  return {
    signal: controller.signal,
    stop: () => clearTimeout(timeout),
    restart() {
      clearTimeout(timeout);
      timeout = setTimeout(() => controller.abort(), milliseconds);
    },
  };
}

/** Whether a page loads from elsewhere, so that the browser hides headers. Node sees them all. */
export function isForeign({ origin }: URL): boolean {
  return isInPage && globalThis.location.origin !== origin;
}

function fellSilent({ host }: URL, silence: number): TransientError {
  return new TransientError(
    refusal({ what: `${host} fell silent`, got: `no byte in ${silence / 1000} seconds` }),
  );
}

function brokeOff(url: URL, { headers }: Response, received: number, cause: unknown): TransientError {
  const length = headers.get('content-length');
  return new TransientError(
    new AudiozooError({
      code: 'file',
      what: `the connection to ${url.host} for ${showUrl(url)} broke off`,
      expected: length === null ? 'more' : `${length} bytes`,
      got: `${received}`,
      hint: 'Try again.',
      cause,
    }),
  );
}

function notReached(url: URL, thrown: unknown): Error {
  if (AudiozooError.isInstance(thrown)) return thrown; // of a `fetch` that was passed in
  const { cause = thrown } = thrown as { cause?: unknown };
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const offline = isOffline();
  const error = new AudiozooError({
    code: 'file',
    what: `${showUrl(url)} cannot be reached${offline ? ', for there is no network' : ''}`,
    expected: 'an answer, or a copy kept from an earlier visit',
    got: [code, message].filter(Boolean).join(', '),
    hint: offline
      ? 'Connect once: what has been loaded completely works without a network.'
      : isInPage
        ? 'Check the address and the network. A server of another origin must allow this page (CORS).'
        : 'Check the address and the network; behind a proxy, set HTTPS_PROXY.',
    cause,
  });
  // Browsers do not say why.
  return !offline && (isInPage || transientCodes.has(code)) ? new TransientError(error) : error;
}

function statusFailure(url: URL, { status, statusText, headers }: Response): Error {
  const retryAfter = readRetryAfter(headers.get('retry-after'));
  const error = new StatusError(status, {
    what: `the server does not give ${showUrl(url)}`,
    expected: 'status 200',
    got: `${status} ${statusText}`.trimEnd(),
    hint: hintFor(status, retryAfter),
  });
  return transientStatuses.has(status) ? new TransientError(error, retryAfter) : error;
}

function hintFor(status: number, retryAfter: number): string {
  if (retryAfter > 0) return `The server asks to wait ${Math.ceil(retryAfter / 1000)} seconds.`;
  if (status === 401 || status === 403) {
    return 'It wants a login or a license to be accepted, or the file is private or gone: check the address.';
  }
  return status >= 500 ? 'The server has trouble: try again later.' : 'Check the address.';
}

/** Seconds, or a date → milliseconds from now; 0 when absent or past. */
function readRetryAfter(text: string | null): number {
  if (text === null) return 0;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Math.max(0, wait || 0);
}
