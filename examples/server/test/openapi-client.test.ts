// The OpenAPI document is good enough for a client: one is generated of it, compiled and used.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { type LocalClassifier, loadClassifier } from '@audiozoo/tasks';
import openapiTypes, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createTokens, parseTokens } from '../src/tokens.js';
import { clip, digits, root, serve } from './served.js';

/** A program of somebody who uses the client, and who is told by types alone what can be asked and answered. */
const program = `
import createClient from 'openapi-fetch';
import type { paths } from './paths.js';

/** Of those that it takes and answers with, which this one speaks. */
type Media = 'multipart/form-data' | 'application/json' | 'application/problem+json';

export async function use(baseUrl: string, token: string, file: Blob) {
  const client = createClient<paths, Media>({ baseUrl, headers: { authorization: 'Bearer ' + token } });
  const form = {
    body: { file },
    bodySerializer() {
      const data = new FormData();
      data.set('file', file);
      return data;
    },
  };
  const classified = await client.POST('/v1/classify', { params: { query: { topK: 2 } }, ...form });
  const found = await client.POST('/v1/events', { params: { query: { window: 0.5 } }, ...form });
  const embedded = await client.POST('/v1/embed', form);
  const words = await client.POST('/v1/zero-shot', { params: { query: { label: ['rain', 'wind'] } }, ...form });
  const known = await client.GET('/v1/models');
  const health = await client.GET('/healthz');
  const first: number = embedded.data!.embedding[0]!;
  return {
    best: classified.data!.labels.map(({ label }) => label),
    events: found.data!.events.map(({ label, start, end }) => [label, start < end]),
    isNumber: Number.isFinite(first),
    refused: words.error!.what,
    models: known.data!.models.map(({ name, readsWords }) => [name, readsWords]),
    status: health.data!.status,
  };
}

// What is not in the document does not compile.
export function misuse(client: ReturnType<typeof createClient<paths, Media>>, file: Blob) {
  // @ts-expect-error
  void client.POST('/v1/classify', { params: { query: { topk: 2 } }, body: { file } });
  // @ts-expect-error
  void client.POST('/v1/zero-shot', { params: { query: {} }, body: { file } });
  // @ts-expect-error
  void client.GET('/v1/embed');
}
`;

let classifier: LocalClassifier;
beforeAll(async () => {
  const backend = onnxruntimeNode({ device: 'cpu' });
  classifier = await loadClassifier(digits, { models: [ast], backend });
});
afterAll(() => classifier.dispose());

test('a client that is generated of the served document compiles, and works against the server', async () => {
  const token = 'token-of-the-client';
  const tokens = createTokens(parseTokens(token, 'tokens'));
  const { url } = await serve({ classifiers: new Map([['digits', classifier]]), tokens });
  const document = await (await fetch(`${url}/documentation/json`)).text();

  mkdirSync(join(root, 'examples/server/dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'examples/server/dist/client-')); // where its imports are found
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const types = await openapiTypes(document, { transform: asBlob });
  writeFileSync(join(folder, 'paths.ts'), astToString(types));
  const source = join(folder, 'program.ts');
  writeFileSync(source, program);
  const options: ts.CompilerOptions = {
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    types: [],
  };
  const compiled = ts.createProgram([source], options);
  const faults = ts.getPreEmitDiagnostics(compiled);
  expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  compiled.emit();

  const { use } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'program.js')).href)) as {
    use: (url: string, token: string, file: Blob) => Promise<unknown>;
  };
  expect(await use(url, token, new Blob([clip('7_seven')]))).toEqual({
    best: ['seven', expect.any(String)],
    events: expect.arrayContaining([['seven', true]]),
    isNumber: true,
    refused: 'digits reads no words',
    models: [['digits', false]],
    status: 'ok',
  });
});

/** Bytes are blobs, not strings: OpenAPI has one word for both. */
function asBlob(schema: { readonly format?: string }): ts.TypeNode | undefined {
  if (schema.format !== 'binary') return undefined;
  return ts.factory.createTypeReferenceNode('Blob');
}
