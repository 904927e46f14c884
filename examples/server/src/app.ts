// The server over something that hears: routes, and what holds for all of them.

import { setTimeout as sleep } from 'node:timers/promises';
import { tensor, writeNpy } from '@audiozoo/core';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { aboutToStop } from './about-to-stop.js';
import { prefers } from './accepted-type.js';
import { createArrivals } from './arrivals.js';
import { answerBrokenRequest } from './broken-request.js';
import { limitConnections } from './connections.js';
import { eventStreamType, sendAsItComes } from './event-stream.js';
import type { Hearing, Tell } from './hearing.js';
import { checkOrigin, createListening, mostMessage } from './listening.js';
import { createMetrics } from './metrics.js';
import { Problem, problemOf } from './problem.js';
import * as schemas from './schemas.js';
import { createSoundRequests } from './sound-request.js';
import type { Tokens } from './tokens.js';
import { makeUploadFolder } from './upload-folder.js';
import { createWorkQueue } from './work-queue.js';

/**
 * Milliseconds between the last answer and the end. Who got it may ask once more, and is to hear that the server
 * stops rather than find a broken connection.
 */
const farewell = 200;
/** Milliseconds in which cancelled requests are answered. */
const cancelPatience = 1000;
/** Seconds that a header may take, and what is left of a body once it is answered. */
const shortPatience = 10;

export interface ServerOptions {
  /** Stays the caller's to close. */
  readonly hearing: Hearing;
  /** Requests that are heard at the same time: 1 when absent. */
  readonly atOnce?: number | undefined;
  /** Requests that may wait; while so many do, others are refused: 32 when absent. */
  readonly queue?: number | undefined;
  /** Requests whose bodies may come at the same time: 64 when absent. */
  readonly uploads?: number | undefined;
  /** The same from one address, or network of IPv6: 16 when absent. */
  readonly uploadsPerAddress?: number | undefined;
  /** Bytes a second that a body must come with, on average: 8192 when absent. */
  readonly leastRate?: number | undefined;
  /** Seconds by which a body may be behind that: 5 when absent. */
  readonly rateGrace?: number | undefined;
  /** Seconds that a sound may take to be decoded and heard: 60 when absent. */
  readonly deadline?: number | undefined;
  /** Seconds in which what is under way may finish once the server is to stop: 25 when absent. */
  readonly grace?: number | undefined;
  /** Connections at the same time: 2048 when absent. */
  readonly connections?: number | undefined;
  /** Proxies in front, whose X-Forwarded-For is believed: 0 when absent. */
  readonly proxies?: number | undefined;
  /** Who may ask; whoever likes when absent. */
  readonly tokens?: Tokens | undefined;
  /** Live sounds at the same time: 16 when absent. */
  readonly listeners?: number | undefined;
  /** Seconds that a live sound may last: 3600 when absent. */
  readonly longestListening?: number | undefined;
  /** Of pages that may send live sound, beside those of the same host. */
  readonly origins?: readonly string[] | undefined;
  /** Bytes of a sound file, at most: 32 MiB when absent. */
  readonly maxBytes?: number | undefined;
  /** Seconds that a request may take to arrive, and its answer to be taken: 60 when absent. */
  readonly patience?: number | undefined;
  /** Gets what is answered as a 500. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export interface Server {
  readonly app: FastifyInstance;
  /** Where uploads lie for a while. */
  readonly folder: string;
  /**
   * Refuses new work, finishes what is under way, and closes. What is not done within the grace is cancelled: false
   * when there was such.
   */
  drain(): Promise<boolean>;
}

export async function createServer(options: ServerOptions): Promise<Server> {
  const { hearing, atOnce = 1, queue: waiting = 32, maxBytes = 2 ** 25, patience = 60 } = options;
  const { uploads: most = 64, uploadsPerAddress: perNetwork = 16, leastRate = 8192, rateGrace = 5 } = options;
  const { deadline = 60, grace = 25, connections: mostConnections = 2048, proxies = 0 } = options;
  const { listeners = 16, longestListening = 3600, origins = [] } = options;
  const { tokens, onFailure = console.error } = options;
  const milliseconds = patience * 1000;
  const queue = createWorkQueue({ atOnce, waiting });
  const arrivals = createArrivals({ most, perNetwork, leastRate, grace: rateGrace });
  const metrics = createMetrics({ arrivals, queue, hearing, listening: () => listening.count });
  const folder = await makeUploadFolder();
  let draining = false;
  const requests = createSoundRequests({
    hearing,
    arrivals,
    queue,
    metrics,
    uploads: { folder: folder.path, maxBytes },
    deadline,
    isDraining: () => draining,
  });

  const asProblem = (error: unknown, reply?: FastifyReply) => {
    const problem = problemOf(error);
    const isGone = reply?.raw.destroyed; // then what failed is the connection, or was cancelled
    if (problem.status === 500 && !isGone) onFailure(error);
    return problem;
  };
  const refuse = (error: unknown, reply: FastifyReply) => {
    const problem = asProblem(error, reply);
    if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
    if (problem.challenge !== undefined) reply.header('www-authenticate', problem.challenge);
    if (problem.status === 408) reply.header('connection', 'close'); // nobody waits for what is left
    return reply.code(problem.status).type('application/problem+json').send(problem.toJSON());
  };

  const listening = createListening({
    hearing,
    metrics,
    tokens,
    most: listeners,
    longest: longestListening,
    patience,
    asProblem,
    isDraining: () => draining,
  });

  const app = Fastify({
    requestTimeout: milliseconds,
    http: {
      headersTimeout: Math.min(milliseconds, shortPatience * 1000),
      connectionsCheckingInterval: Math.min(1000, milliseconds / 2),
    },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _request, reply) => void refuse(error, reply),
    return503OnClosing: false, // by then, whoever is still connected only asks how the server is
    // A connection that says nothing, or never ends its request, would keep a closing server open: Node no longer
    // looks at the time that they take.
    forceCloseConnections: true,
    trustProxy: (_address, hop) => hop < proxies,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onClose', () => folder.remove());
  const limits = { most: mostConnections, answer: patience, rest: Math.min(patience, shortPatience) };
  const connections = limitConnections(app.server, limits);

  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: false }); // uploads have their own
  app.addContentTypeParser(/^(audio\/|video\/|application\/octet-stream)/, (_request, body, done) =>
    done(null, body),
  );

  await app.register(websocket, {
    options: { maxPayload: mostMessage },
    // Who has been told to leave and does not answer would keep the server open for half a minute.
    preClose(done) {
      for (const client of app.websocketServer.clients) client.terminate();
      app.websocketServer.close(done);
    },
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'audiozoo', description: 'Names what it hears.', version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: tokens ? [{ token: [] }] : [],
    },
    transform(document) {
      const { schema, url } = jsonSchemaTransform(document);
      const body = document.route.config?.hears && { body: schemas.soundBody };
      return { schema: { ...schema, ...body }, url };
    },
  });
  await app.register(swaggerUi);

  app.addHook('onRequest', async (request, reply) => {
    if (request.ws) return; // it is counted by itself
    const begun = performance.now();
    reply.raw.once('close', () => {
      const route = request.routeOptions.url ?? 'none';
      const status = reply.raw.writableFinished ? reply.statusCode : 499;
      metrics.answered({
        route,
        method: request.method,
        status,
        seconds: (performance.now() - begun) / 1000,
      });
    });
  });
  app.addHook('onRequest', async ({ routeOptions, headers, ws }) => {
    if (!tokens || !routeOptions.url?.startsWith('/v1/')) return;
    if (ws && headers.authorization === undefined) return; // pages bring it in their first message
    metrics.admitted(tokens.admit(headers.authorization));
  });
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close'); // or it would be kept open after its answer
    const isWorkedOut = reply.getHeader('content-type') !== eventStreamType;
    connections.answers(reply.raw, isWorkedOut ? 0 : deadline);
  });

  app.setErrorHandler((error, _request, reply) => refuse(error, reply));
  app.setNotFoundHandler(({ method, url }) => {
    throw new Problem(404, {
      code: 'argument',
      what: 'there is nothing here',
      got: `${method} ${url}`,
      hint: 'See /documentation.',
    });
  });

  app.post(
    '/v1/classify',
    {
      config: { hears: true },
      schema: {
        summary: 'The labels of a clip, or of a recording window by window.',
        querystring: schemas.classifyQuery,
        response: { 200: schemas.classified, ...schemas.problems },
      },
    },
    (request, reply) => requests.answer(request, reply, 'labels', request.query),
  );

  app.post(
    '/v1/events',
    {
      config: { hears: true },
      schema: {
        summary: 'What is heard in a recording, from when to when.',
        querystring: schemas.eventsQuery,
        response: { 200: schemas.eventsFound, ...schemas.problems },
      },
    },
    (request, reply) => {
      const answer = (tell?: Tell) => requests.answer(request, reply, 'events', request.query, tell);
      if (!prefers(request, eventStreamType)) return answer();
      return sendAsItComes(reply, answer, (error) => asProblem(error, reply));
    },
  );

  app.post(
    '/v1/zero-shot',
    {
      config: { hears: true },
      schema: {
        summary:
          'How well words that come with the request say what a clip is, or a recording window by window.',
        querystring: schemas.wordsQuery,
        response: { 200: schemas.classified, ...schemas.problems },
      },
    },
    (request, reply) => requests.answer(request, reply, 'words', request.query),
  );

  app.post(
    '/v1/embed',
    {
      config: { hears: true },
      schema: {
        summary: 'What a model makes of a clip, or of a recording window by window, before its last layer.',
        querystring: schemas.embeddingQuery,
        response: { 200: schemas.embedded, ...schemas.problems },
      },
    },
    async (request, reply) => {
      const { embedding, ...heard } = await requests.answer(request, reply, 'embedding', request.query);
      if (!prefers(request, schemas.npyType)) return { ...heard, embedding: Array.from(embedding) };
      const bytes = writeNpy(tensor('float32', [embedding.length], embedding));
      return reply.type(schemas.npyType).send(bytes);
    },
  );

  app.route({
    method: 'GET',
    url: '/v1/listen',
    schema: {
      summary: 'Live sound over a WebSocket, and its labels as it goes on.',
      description: schemas.listeningProtocol,
      response: { ...schemas.notUpgraded, ...schemas.tokenProblems },
    },
    preValidation: async (request) => {
      if (request.ws) checkOrigin(request, origins);
    },
    handler: async (_request, reply) => {
      reply.header('upgrade', 'websocket').header('connection', 'upgrade');
      throw new Problem(426, {
        code: 'argument',
        what: 'live sound comes over a WebSocket',
        hint: 'Connect to ws://, or wss://, or send a file to /v1/classify.',
      });
    },
    wsHandler: (socket, request) => listening.open(socket, request),
  });

  app.get(
    '/v1/models',
    {
      schema: {
        summary: 'The models; the first is the usual one.',
        response: { 200: schemas.modelList, ...schemas.tokenProblems },
      },
    },
    async () => ({ models: [...hearing.models] }),
  );

  app.get(
    '/healthz',
    {
      schema: {
        summary: 'Whether it takes work.',
        security: [],
        response: { 200: schemas.health, 503: schemas.health },
      },
    },
    async (_request, reply) => {
      const status = draining ? 'draining' : hearing.failure ? 'failing' : 'ok';
      return reply.code(status === 'ok' ? 200 : 503).send({ status });
    },
  );

  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.text()),
  );

  await app.ready();
  return {
    app,
    folder: folder.path,
    async drain() {
      draining = true;
      listening.cancel(aboutToStop());
      const done = requests.none().then(() => true as const);
      const isFinished = await within(grace * 1000, done);
      if (!isFinished) {
        requests.cancel(aboutToStop());
        await within(cancelPatience, done);
      }
      await sleep(farewell);
      await app.close();
      return isFinished;
    },
  };
}

/** Whether something is done in so many milliseconds. */
async function within(milliseconds: number, done: Promise<true>): Promise<boolean> {
  const over = new AbortController();
  const late = sleep(milliseconds, false, { signal: over.signal }).catch(() => false);
  const isDone = await Promise.race([done, late]);
  over.abort();
  return isDone;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether its body is sound. */
    readonly hears?: boolean;
  }
}
