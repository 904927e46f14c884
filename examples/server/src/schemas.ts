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

export const eventsFound = z
  .object({ ...heard, events: z.array(z.object({ ...scored, start: z.number(), end: z.number() })) })
  .describe('The events by their start, in seconds of the recording.');

const model = z.object({
  name: z.string(),
  device: z.string(),
  problemType: z.enum(['single_label_classification', 'multi_label_classification']),
  sampleRate: z.number(),
  minSeconds: z.number(),
  maxSeconds: z.number(),
  labels: z.array(z.object({ name: z.string(), mid: z.string().optional() })),
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

/** What can be wrong with a request that brings sound. */
export const problems = {
  400: asProblem('A query or form that cannot be used, or nothing in it.'),
  404: asProblem('No such model.'),
  408: asProblem('The body came too slowly.'),
  413: asProblem('Too many bytes, or more sound or windows than are heard in one request.'),
  415: asProblem('Not a kind of body that is read, or a format that needs an ffmpeg which is not installed.'),
  422: asProblem('Not sound, damaged, too short, or not finite.'),
  429: asProblem('Too many bodies are coming from one address.'),
  500: asProblem("The server's fault, or a model that is out of order."),
  503: asProblem('The queue is full, too many bodies are coming, or the server is about to stop.'),
  504: asProblem('The sound takes longer to hear than a request may.'),
};

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
