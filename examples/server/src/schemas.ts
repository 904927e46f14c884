// What goes in and out, checked as it goes, and the source of the OpenAPI page.

import { z } from 'zod';

const seconds = z.coerce.number().positive();

const soundQuery = z.object({
  model: z.string().optional().describe('Which model; the first of GET /v1/models when absent.'),
  channel: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Which channel of several, from 0; 0 when absent.'),
  start: z.coerce.number().min(0).optional().describe('Seconds to skip.'),
  duration: seconds.optional().describe('Seconds to hear; to the end when absent.'),
  window: seconds
    .optional()
    .describe('Seconds that the model hears at a time; as many as it can when absent.'),
  hop: seconds.min(0.01).optional().describe('Seconds from one window to the next.'),
});

export const classifyQuery = z.strictObject({
  ...soundQuery.shape,
  topK: z.coerce.number().int().min(1).default(5).describe('How many labels, best first.'),
  aggregate: z
    .enum(['mean', 'max'])
    .optional()
    .describe(
      'How the windows of sound that is longer than one become one answer; without it, such is refused.',
    ),
});
export type ClassifyQuery = z.infer<typeof classifyQuery>;

export const eventsQuery = z.strictObject({
  ...soundQuery.shape,
  threshold: z.coerce.number().gt(0).max(1).default(0.5).describe('The score that makes an event.'),
  minDuration: z.coerce.number().min(0).default(0).describe('Seconds; shorter events are left out.'),
});
export type EventsQuery = z.infer<typeof eventsQuery>;

export const embeddingQuery = z.strictObject({
  ...soundQuery.shape,
  aggregate: z
    .enum(['mean'])
    .optional()
    .describe('The mean of the windows, for sound that is longer than one; without it, such is refused.'),
});
export type EmbeddingQuery = z.infer<typeof embeddingQuery>;

const words = z.string().trim().min(1).max(200);
/** Given once, or again for more: `label=rain&label=a+dog`. */
const wordList = z
  .union([z.array(words).min(1).max(100), words])
  .transform((given) => (typeof given === 'string' ? [given] : given));

export const wordsQuery = z.strictObject({
  ...classifyQuery.shape,
  model: z.string().optional().describe('Which model; the first that reads words when absent.'),
  label: wordList.describe('What may be heard, in words; again for more.'),
  against: wordList
    .optional()
    .describe(
      'What is heard where none of them is, in words: labels then stand each for itself, and several may be heard at once, or none.',
    ),
  template: z
    .string()
    .max(200)
    .regex(/\{\}/, 'has no place for a label: {}')
    .optional()
    .describe('What each is put into, in the place of {}; as the authors of the model have it when absent.'),
});
export type WordsQuery = z.infer<typeof wordsQuery>;

/** The first message of a live sound. */
export const listenRequest = z.strictObject({
  sampleRate: z.number().min(1000).max(384_000).describe('Hertz.'),
  format: z
    .enum(['float32', 'int16'])
    .default('float32')
    .describe('Of samples, little-endian, of one channel.'),
  model: z.string().optional().describe('Which model; the first of GET /v1/models when absent.'),
  hop: z.number().min(0.05).max(60).default(0.5).describe('Seconds from one answer to the next.'),
  topK: z.int().min(1).default(5).describe('How many labels, best first.'),
  live: z
    .boolean()
    .default(true)
    .describe('Whether the sound goes on while it is heard: answers that come too late are left out then.'),
  token: z.string().optional().describe('For pages, which can send no header with a WebSocket.'),
});
export type ListenRequest = z.infer<typeof listenRequest>;

const scored = {
  label: z.string(),
  score: z.number().min(0).max(1),
  index: z.int().describe("Place among the model's labels."),
  mid: z.string().optional().describe("AudioSet's identifier."),
};

const heard = {
  model: z.string(),
  seconds: z.number().describe('Of sound that was heard.'),
};

export const classified = z
  .object({ ...heard, labels: z.array(z.object(scored)) })
  .describe('The labels, best first.');

const allEvents = z
  .object({ ...heard, events: z.array(z.object({ ...scored, start: z.number(), end: z.number() })) })
  .describe('The events by their start, in seconds of the recording.');

const messages = [
  '`event` for each event as soon as it is certain, `progress` with the seconds that have been heard, `done` of `total`,',
  'then `end` with the number of `events`, or `problem`, as it would be answered, where something goes wrong by then.',
];
/** As JSON once all are found, or with `Accept: text/event-stream` as they are. */
export const eventsFound = {
  description: 'The events, by their start or, where they come as they are found, by their end.',
  content: {
    'application/json': { schema: allEvents },
    'text/event-stream': { schema: z.string().describe(`Server-sent events: ${messages.join(' ')}`) },
  },
};

const wholeEmbedding = z
  .object({ ...heard, embedding: z.array(z.number()) })
  .describe('What the model makes of the sound before its last layer.');

/** In OpenAPI's words a string; it is sent as it is, by no serializer. */
const bytes = z.string().meta({ format: 'binary' }) as unknown as z.ZodType<Uint8Array>;

export const npyType = 'application/x-npy';
/** As JSON, or with `Accept: application/x-npy` as a file that numpy opens. */
export const embedded = {
  description: 'What the model makes of the sound before its last layer.',
  content: {
    'application/json': { schema: wholeEmbedding },
    [npyType]: {
      schema: bytes.describe('One float32 array, for numpy.load.'),
    },
  },
};

const model = z.object({
  name: z.string(),
  device: z.string(),
  problemType: z.enum(['single_label_classification', 'multi_label_classification']),
  sampleRate: z.number(),
  minSeconds: z.number(),
  maxSeconds: z.number(),
  labels: z.array(z.object({ name: z.string(), mid: z.string().optional() })),
  readsWords: z.boolean().describe('Whether it takes labels with the request, at /v1/zero-shot.'),
});
export type ModelDescription = z.infer<typeof model>;

export const modelList = z
  .object({ models: z.array(model) })
  .describe('The models; the first is the usual one.');

export const health = z
  .object({ status: z.enum(['ok', 'failing', 'draining']) })
  .describe(
    '`failing` while a thread that hears or a model is out of order, `draining` when it is about to stop.',
  );

const problem = z.object({
  type: z.string().describe('The address that explains errors of this code.'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('All of it, for people.'),
  code: z.string().describe('For programs.'),
  what: z.string(),
  expected: z.string().optional(),
  got: z.string().optional(),
  hint: z.string().optional(),
  option: z
    .union([z.string(), z.array(z.string()).readonly()])
    .optional()
    .describe('What of the request it is about.'),
  details: z.record(z.string(), z.unknown()).optional().describe('Facts for programs.'),
});
export type ProblemDocument = z.infer<typeof problem>;

const asProblem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
});

/** What can be wrong with who asks, where tokens are wanted. */
export const tokenProblems = {
  400: asProblem('A token that cannot be read.'),
  401: asProblem('No token, or one that is not known.'),
  429: asProblem('The token asks more often than it may.'),
};

/** A request for live sound that is no WebSocket. */
export const notUpgraded = { 426: asProblem('Live sound comes over a WebSocket.') };

/** What can be wrong with a request that brings sound. */
export const problems = {
  ...tokenProblems,
  400: asProblem('A query, form or token that cannot be used, or nothing in it.'),
  404: asProblem('No such model.'),
  408: asProblem('The body came too slowly.'),
  413: asProblem('Too many bytes, or more sound or windows than are heard in one request.'),
  415: asProblem('Not a kind of body that is read, or a format that needs an ffmpeg which is not installed.'),
  422: asProblem('Not sound, damaged, too short, or not finite.'),
  429: asProblem('Too many bodies are coming from one address, or its token asks too often.'),
  500: asProblem("The server's fault, or a model that is out of order."),
  503: asProblem('The queue is full, too many bodies are coming, or the server is about to stop.'),
  504: asProblem('The sound takes longer to hear than a request may.'),
};

/** What is said over a WebSocket, in words: OpenAPI has none for it. */
export const listeningProtocol = [
  'The first message is text: JSON with `sampleRate`, and if wanted `format` (float32 or int16), `model`, `hop`, `topK`, `live` and `token`.',
  'Then come samples of one channel as binary messages, and `{"end": true}` behind the last.',
  'Answers are JSON with a `type`: `ready`, `labels` with `time`, `labels` and `dropped` every hop, `end` with `seconds`, or `problem`, whose `help` is an address that explains it.',
].join(' ');

/** Sound in a body, which is taken in as it comes and not checked here. In OpenAPI's own words. */
export const soundBody = {
  content: Object.fromEntries([
    [
      'multipart/form-data',
      {
        schema: {
          type: 'object',
          required: ['file'],
          properties: { file: { type: 'string', format: 'binary' } },
          additionalProperties: false,
        },
      },
    ],
    ...['audio/*', 'video/*', 'application/octet-stream'].map((type) => [
      type,
      { schema: { type: 'string', format: 'binary' } },
    ]),
  ]),
};
