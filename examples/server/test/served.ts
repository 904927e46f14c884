// A server on a loopback socket, gone when the test ends.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { siteUrl } from '@audiozoo/core';
import { afterEach, beforeEach, expect, onTestFinished, vi } from 'vitest';
import { createServer, type Server, type ServerOptions } from '../src/app.js';
import type { Classifier } from '../src/classifier.js';
import { createHearing, type HearingOptions } from '../src/hearing.js';
import type { ModelDescription } from '../src/schemas.js';

export const root = join(import.meta.dirname, '../../..');
export const digits = join(root, 'models/spoken-digits');
export const clip = (name: string) => readFileSync(join(digits, `clips/${name}.wav`));

/** Waits until a check holds, as long as a busy machine may take. */
export const soon = <Result>(check: () => Result | Promise<Result>): Promise<Result> =>
  vi.waitFor(check, { timeout: 60_000 });

/** Gives each test of a file a folder of its own for what servers keep for a while. */
export function watchTemporaryFiles() {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audiozoo-server-test-'));
    vi.stubEnv('TMPDIR', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  return {
    folder: () => folder,
    /** Files that are there now, in whichever folders. */
    files: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
  };
}

/** What a model that hears nothing itself says of itself. */
export const modelCalled = (name: string): ModelDescription => ({
  name,
  device: 'none',
  problemType: 'multi_label_classification',
  sampleRate: 16_000,
  minSeconds: 0,
  maxSeconds: 1,
  labels: [],
  readsWords: false,
});

/** The rest of a classifier that is asked for labels only. */
export const unasked: Pick<Classifier, 'embed' | 'stream'> = {
  embed: (() => Promise.reject(new Error('nobody asks for embeddings'))) as () => Promise<never>,
  stream: () => Promise.reject(new Error('nobody listens')),
};

/** A server that hears in this thread, with these classifiers by name. */
export interface ServeOptions extends Partial<ServerOptions & HearingOptions> {
  readonly classifiers: ReadonlyMap<string, Classifier>;
}

export interface Served extends Server {
  readonly url: string;
  readonly port: number;
  /** Sends a file's bytes as they are. */
  send(path: string, body: Uint8Array | ReadableStream, init?: RequestInit): Promise<Response>;
  /** Sends files in a form, under these names of fields. */
  sendForm(path: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<Response>;
  /** The value of a metric, 0 while there is none. */
  metric(line: string): Promise<number>;
}

export async function serve(options: ServeOptions): Promise<Served> {
  const failures: unknown[] = [];
  const { classifiers, readers, batches, maxSeconds = 600, maxWindows = 1000, ...serverOptions } = options;
  const server = await createServer({
    hearing: createHearing(classifiers, { readers, batches, maxSeconds, maxWindows }),
    onFailure: (error) => failures.push(error),
    ...serverOptions,
  });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await server.app.close();
    expect(failures, 'answered as 500').toEqual([]);
  });
  const { port } = server.app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    ...server,
    url,
    port,
    send: (path, body, init) =>
      fetch(url + path, {
        method: 'POST',
        body: body as BodyInit,
        headers: { 'content-type': 'audio/wav' },
        ...init,
        ...(body instanceof ReadableStream && { duplex: 'half' }),
      }),
    sendForm(path, files) {
      const form = new FormData();
      for (const [name, value] of Object.entries(files)) {
        form.append(name, typeof value === 'string' ? value : new Blob([value as BlobPart]));
      }
      return fetch(url + path, { method: 'POST', body: form });
    },
    metric: async (line) => metricIn(await (await fetch(`${url}/metrics`)).text(), line),
  };
}

/** The value of a metric, 0 while there is none. */
export function metricIn(text: string, line: string): number {
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return Number(found?.split(' ').at(-1) ?? 0);
}

/** What a refusal says, once it has the form of one. */
export async function problemOf(response: Response, status: number): Promise<Record<string, unknown>> {
  const text = await response.text();
  expect(response.status, text).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(text);
  expect(problem).toMatchObject({
    type: `${siteUrl}errors#${problem.code}`,
    title: expect.any(String),
    status,
    what: expect.any(String),
  });
  expect(problem.detail).toContain(problem.what);
  return problem;
}
