import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type QueueWorkerOptions, queueRunners } from '../src/fleet/queue-worker.js';
import type { Session } from '../src/session/session.js';
import { temporaryFolder } from './audiozoo.js';

/** What a worker that may ask one host says to a job whose model is called so. */
async function refusal(name: string, hosts = ['models.example']): Promise<unknown> {
  const folder = temporaryFolder();
  const options = { roots: [folder], models: join(folder, 'models'), hosts };
  const worker = { ...options, device: 'cpu', concurrency: 1 } as QueueWorkerOptions;
  const runnerOf = queueRunners(worker, [], {} as Session);
  const settings = { model: { name, sha256: 'a'.repeat(64) }, format: 'jsonl' } as const;
  const job = { name: 'job', out: folder, versions: {} };
  return runnerOf({
    ...job,
    settings: { ...settings, scores: { kind: 'all' }, shardSeconds: 64 },
  }).catch((error: unknown) => error);
}

test.each(['https://elsewhere.example/model', 'HTTPS://elsewhere.example/model'])(
  'a model is not asked of a host that is not listed: %s',
  async (name) => {
    expect(await refusal(name)).toMatchObject({
      code: 'file',
      what: 'elsewhere.example is none of the hosts that may be asked here',
      option: 'hosts',
    });
  },
);

test('a model in a folder outside of the roots is refused, also one whose name begins as theirs do', async () => {
  for (const name of ['/elsewhere/model', `${temporaryFolder()}-beside`]) {
    expect(await refusal(name)).toMatchObject({
      code: 'model',
      hint: expect.stringMatching(/ --root.* --models/),
    });
  }
});

test('an address that is none is an error that says so', async () => {
  expect(await refusal('http://[')).toMatchObject({ code: 'model', got: '"http://["' });
});

test('an address that leads to the machine’s own network is not asked', async () => {
  expect(await refusal('http://169.254.169.254/model', ['169.254.169.254'])).toMatchObject({
    code: 'file',
    what: expect.stringMatching(/169\.254\.169\.254/),
  });
});
