// The server over something that hears: routes, and what holds for all of them.

import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { answerBrokenRequest } from './broken-request.js';
import type { Hearing } from './hearing.js';
import { createMetrics } from './metrics.js';
import { Problem, problemOf } from './problem.js';
import * as schemas from './schemas.js';
import { createAnswerSound } from './sound-request.js';
import { createWorkQueue } from './work-queue.js';

/**
 * Milliseconds between the last answer and the end. Who got it may ask once more, and is to hear that the server
 * stops rather than find a broken connection.
 */
const farewell = 200;

export interface ServerOptions {
  /** Stays the caller's to close. */
  readonly hearing: Hearing;
  /** Requests that are heard at the same time: 1 when absent. */
  readonly atOnce?: number | undefined;
  /** Requests that may wait; while so many do, others are refused: 32 when absent. */
  readonly queue?: number | undefined;
  /** Requests whose bodies may come at the same time: 64 when absent. */
  readonly uploads?: number | undefined;
  /** Bytes of a sound file, at most: 32 MiB when absent. */
  readonly maxBytes?: number | undefined;
  /** Seconds that a request may take to arrive: 60 when absent. */
  readonly patience?: number | undefined;
  /** Gets what is answered as a 500. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export interface Server {
  readonly app: FastifyInstance;
  /** Refuses new work, finishes what is under way, and closes. */
  drain(): Promise<void>;
}

export async function createServer(options: ServerOptions): Promise<Server> {
  const { hearing, atOnce = 1, queue: waiting = 32, uploads: arriving = 64, maxBytes = 2 ** 25 } = options;
  const { patience = 60, onFailure = console.error } = options;
  const milliseconds = patience * 1000;
  const queue = createWorkQueue({ atOnce, waiting, arriving });
  const metrics = createMetrics(queue);
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-server-'));
  const clear = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clear); // of one that is not closed before
  let draining = false;
  const uploads = { folder, maxBytes };
  const answerSound = createAnswerSound({ hearing, queue, metrics, uploads, isDraining: () => draining });

  const refuse = (error: unknown, reply: FastifyReply) => {
    const problem = problemOf(error);
    const isGone = reply.raw.destroyed; // then what failed is the connection, or was cancelled
    if (problem.status === 500 && !isGone) onFailure(error);
    if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
    return reply.code(problem.status).type('application/problem+json').send(problem.toJSON());
  };

  const app = Fastify({
    requestTimeout: milliseconds,
    http: { headersTimeout: milliseconds, connectionsCheckingInterval: Math.min(1000, milliseconds / 2) },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _request, reply) => void refuse(error, reply),
    return503OnClosing: false, // by then, whoever is still connected only asks how the server is
    // A connection that says nothing, or never ends its request, would keep a closing server open: Node no longer
    // looks at the time that they take.
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onClose', () => {
    process.off('exit', clear);
    return rm(folder, { recursive: true, force: true });
  });

  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: false }); // uploads have their own
  app.addContentTypeParser(/^(audio\/|video\/|application\/octet-stream)/, (_request, body, done) =>
    done(null, body),
  );

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'audiozoo', description: 'Names what it hears.', version: '1' },
    },
    transform(document) {
      const { schema, url } = jsonSchemaTransform(document);
      const body = document.route.config?.hears && { body: schemas.soundBody };
      return { schema: { ...schema, ...body }, url };
    },
  });
  await app.register(swaggerUi);

  app.addHook('onRequest', async (request, reply) => {
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
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close'); // or it would be kept open after its answer
  });

  app.setErrorHandler((error, _request, reply) => refuse(error, reply));
  app.setNotFoundHandler(({ method, url }) => {
    throw new Problem(404, {
      code: 'argument',
      what: 'there is nothing here',
      got: `${method} ${url}`,
      mend: 'See /documentation.',
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
    (request, reply) => answerSound(request, reply, 'labels', request.query),
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
    (request, reply) => answerSound(request, reply, 'events', request.query),
  );

  app.get(
    '/v1/models',
    { schema: { summary: 'The models; the first is the usual one.', response: { 200: schemas.modelList } } },
    async () => ({ models: [...hearing.models] }),
  );

  app.get(
    '/healthz',
    {
      schema: {
        summary: 'Whether it takes work.',
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
    async drain() {
      draining = true;
      await queue.empty();
      await sleep(farewell);
      await app.close();
    },
  };
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether its body is sound. */
    readonly hears?: boolean;
  }
}
