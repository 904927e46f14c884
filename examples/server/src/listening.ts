// Live sound over a WebSocket: a first message that says what comes, samples, and labels for them every hop. All of it
// is bounded: how many listen, for how long, how much waits in either direction, and how long nothing may come.

import { MessageChannel } from 'node:worker_threads';
import type { WebSocket } from '@fastify/websocket';
import type { FastifyRequest } from 'fastify';
import { aboutToStop } from './about-to-stop.js';
import type { Hearing } from './hearing.js';
import { type LiveSender, liveSender } from './live-sound.js';
import type { Metrics } from './metrics.js';
import { Problem } from './problem.js';
import { type ListenRequest, listenRequest } from './schemas.js';
import { chooseModel } from './sound-request.js';
import type { Tokens } from './tokens.js';

export interface ListeningOptions {
  readonly hearing: Hearing;
  readonly metrics: Pick<Metrics, 'admitted' | 'listened'>;
  readonly tokens: Tokens | undefined;
  /** Who may be listened to at the same time. */
  readonly most: number;
  /** Seconds that one may be listened to. */
  readonly longest: number;
  /** Seconds in which something must come. */
  readonly patience: number;
  readonly asProblem: (error: unknown) => Problem;
  isDraining(): boolean;
}

export interface Listening {
  /** How many are listened to now. */
  readonly count: number;
  open(socket: WebSocket, request: FastifyRequest): void;
  /** Ends all of them, with this as the reason. */
  cancel(reason: Error): void;
}

/** Bytes of a message, at most: five seconds of float32 at 48 kHz. */
export const mostMessage = 2 ** 20;
/** Of a message that is text. */
const mostText = 4096;
/** Seconds of sound that may wait to be heard, before no more of it is read. */
const mostSound = 4;
/** Bytes of answers that a client may be behind. */
const mostAnswers = 2 ** 18;
/** Milliseconds between pings, the answer to which comes before the next. */
const pingEvery = 15_000;
/** Codes of RFC 6455, and of IANA's list behind it. */
const codes = { done: 1000, refused: 1008, failed: 1011, stopping: 1012, busy: 1013 };

/** A first message, with the model that it means. */
type Begun = ListenRequest & { readonly model: string };

export function createListening(options: ListeningOptions): Listening {
  const { hearing, metrics, tokens, most, longest, patience, asProblem, isDraining } = options;
  const open = new Set<AbortController>();

  /** What the first message asks for. */
  function begin(data: Buffer, isBinary: boolean, isAdmitted: boolean): Begun {
    const request = readRequest(data, isBinary);
    if (tokens && !isAdmitted) metrics.admitted(tokens.admit(request.token && `Bearer ${request.token}`));
    return { ...request, model: chooseModel(hearing.models, request.model, 'labels') };
  }

  return {
    get count() {
      return open.size;
    },
    open(socket, { headers }) {
      const session = new AbortController();
      const { signal } = session;
      let sender: LiveSender | undefined;
      let wanted: Begun | undefined;
      let isAlive = true;
      let isEnded = false;

      const say = (message: object) => {
        if (socket.readyState !== socket.OPEN) return;
        socket.send(JSON.stringify(message));
        if (socket.bufferedAmount > mostAnswers) socket.terminate();
      };
      const end = (message: object, code: number) => {
        say(message);
        socket.resume(); // or it would not read that the other side closes too
        socket.close(code);
      };
      const fail = (error: unknown) => {
        const problem = asProblem(error);
        const { type: help, ...fields } = problem.toJSON(); // the type of a message says what it is
        end({ type: 'problem', ...fields, help }, codeOf(problem));
      };

      if (isDraining()) return fail(aboutToStop());
      if (open.size >= most) return fail(tooMany(most));
      open.add(session);
      signal.addEventListener('abort', () => fail(signal.reason), { once: true });
      const silence = setTimeout(() => session.abort(nothingCame(patience)), patience * 1000);
      const limit = setTimeout(() => session.abort(tooLong(longest)), longest * 1000);
      const pinging = setInterval(() => {
        if (socket.isPaused) return; // its answer would not be read
        if (!isAlive) return socket.terminate();
        isAlive = false;
        socket.ping();
      }, pingEvery);

      function listen({ model, sampleRate, hop, topK, live }: Begun): void {
        const { port1, port2 } = new MessageChannel();
        const most = mostSound * sampleRate;
        sender = liveSender(port1, () => {
          silence.refresh(); // who is kept waiting, or has sent all, is not silent
          if (socket.isPaused && sender!.waiting < most / 2) socket.resume();
        });
        say({ type: 'ready', model });
        hearing.listen!({ model, sampleRate, hop, topK, live, sound: port2 }, signal, (prediction) => {
          silence.refresh();
          say({ type: 'labels', ...prediction });
        })
          .then(({ seconds }) => {
            metrics.listened(model, seconds);
            end({ type: 'end', seconds }, codes.done);
          })
          .catch((error: unknown) => session.abort(error))
          .finally(() => port1.close());
      }

      function take(data: Buffer, isBinary: boolean): void {
        if (signal.aborted || isEnded) return;
        silence.refresh();
        if (!wanted) {
          wanted = begin(data, isBinary, headers.authorization !== undefined);
          listen(wanted);
        } else if (isBinary) {
          sender!.send(samplesOf(data, wanted.format));
          if (sender!.waiting > mostSound * wanted.sampleRate) socket.pause();
        } else {
          readEnd(data);
          isEnded = true;
          sender!.end();
        }
      }

      socket.on('pong', () => (isAlive = true));
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        try {
          take(data, isBinary);
        } catch (error) {
          session.abort(error);
        }
      });
      socket.on('error', () => socket.terminate()); // of the protocol: a message that is too large, text that is none
      socket.on('close', () => {
        open.delete(session);
        clearTimeout(silence);
        clearTimeout(limit);
        clearInterval(pinging);
        session.abort(gone());
      });
    },
    cancel(reason) {
      for (const session of open) session.abort(reason);
    },
  };
}

/** Throws a 403 problem where a page of another host asks: browsers let any page do so. */
export function checkOrigin({ headers }: FastifyRequest, allowed: readonly string[]): void {
  const { origin, host } = headers;
  if (origin === undefined || allowed.includes(origin)) return;
  const own = `http://${host}`;
  const areAddresses = URL.canParse(origin) && URL.canParse(own);
  if (areAddresses && new URL(origin).hostname === new URL(own).hostname) return;
  throw new Problem(403, {
    code: 'argument',
    what: 'pages of this origin may not listen here',
    expected: ['a page of the same host', ...allowed].join(', '),
    got: origin,
    hint: 'Start the server with `--origin` for this one.',
  });
}

function readRequest(data: Buffer, isBinary: boolean): ListenRequest {
  const parsed = listenRequest.safeParse(isBinary ? undefined : readJson(data));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean));
  throw new Problem(400, {
    code: 'argument',
    what: 'the first message cannot be used',
    expected: 'text with JSON such as {"sampleRate": 48000, "format": "float32"}',
    got: isBinary ? 'bytes' : issues.map((issue) => issue.join(': ')).join('; '),
  });
}

function readEnd(data: Buffer): void {
  const message = readJson(data) as { readonly end?: unknown } | undefined;
  if (message?.end === true) return;
  throw new Problem(400, {
    code: 'argument',
    what: 'the message cannot be used',
    expected: 'samples, or text with {"end": true} behind the last of them',
  });
}

function readJson(data: Buffer): unknown {
  if (data.length > mostText) return undefined;
  try {
    return JSON.parse(data.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Little-endian samples of one channel, in memory of their own. */
function samplesOf(data: Buffer, format: ListenRequest['format']): Float32Array<ArrayBuffer> {
  const size = format === 'float32' ? 4 : 2;
  if (data.length === 0 || data.length % size !== 0) {
    throw new Problem(400, {
      code: 'argument',
      what: 'the message holds no whole samples',
      expected: `a multiple of ${size} bytes, which ${format} samples have`,
      got: `${data.length}`,
    });
  }
  const bytes = Uint8Array.from(data).buffer; // where it lies may be no multiple of its size
  if (format === 'float32') return new Float32Array(bytes);
  return Float32Array.from(new Int16Array(bytes), (sample) => sample / 2 ** 15);
}

function codeOf({ status }: Problem): number {
  if (status === 503) return codes.stopping;
  if (status === 429) return codes.busy;
  return status >= 500 ? codes.failed : codes.refused;
}

function tooMany(most: number): Problem {
  return new Problem(429, {
    code: 'runtime',
    what: 'as many are listened to as may be',
    expected: `at most ${most}`,
    hint: 'Try again later.',
  });
}

function nothingCame(seconds: number): Problem {
  return new Problem(408, {
    code: 'argument',
    what: 'no sound came for too long',
    expected: `some of it every ${seconds} seconds`,
  });
}

function tooLong(seconds: number): Problem {
  return new Problem(413, {
    code: 'argument',
    what: 'this has been listened to for as long as it may be',
    expected: `at most ${seconds} seconds`,
    hint: 'Begin again.',
  });
}

function gone(): Problem {
  return new Problem(408, { code: 'runtime', what: 'the client is gone' });
}
