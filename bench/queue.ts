// A thousand workers on one Redis: does the queue hold, and what does it cost? Shards sleep in place of being heard, workers
// are in a few processes. `tsx bench/queue.ts [workers] [seconds a shard] [shards]`, with redis-server on the path.

import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Shard, shardOf } from '@audiozoo/fleet';
import { connectQueue, runJob, work } from '@audiozoo/fleet/queue';
import { startRedis } from '../testing/redis.js';

const processes = 4;
const out = '/tmp';

const [url, count = '0', sleep = '0'] = process.argv[2] === 'workers' ? process.argv.slice(3) : [];
if (url !== undefined) await beWorkers(url, Number(count), Number(sleep));
else await measure();

/** Many workers in this process, each with connections of its own, as if it were alone. */
async function beWorkers(url: string, count: number, sleep: number): Promise<void> {
  const ending = new AbortController();
  process.once('SIGTERM', () => ending.abort());
  const begin = async () => {
    const connection = await connectQueue(url);
    const createRunner = async () => ({
      async run({ entries }: Shard) {
        const seconds = sleep * (0.5 + Math.random());
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        return { clips: entries.length, seconds: 60, failed: 0, workSeconds: seconds, wasThere: false };
      },
      async dispose() {},
    });
    await work(connection, { roots: [out], createRunner, grace: 0, signal: ending.signal });
    await connection.close();
  };
  await Promise.all(Array.from({ length: count }, begin));
  process.exit();
}

async function measure(): Promise<void> {
  const [workers = 1000, seconds = 10, shards = 5000] = process.argv.slice(2).map(Number);
  const redis = await startRedis();
  const children = Array.from({ length: processes }, () =>
    fork(fileURLToPath(import.meta.url), ['workers', redis.url, `${workers / processes}`, `${seconds}`]),
  );
  const connection = await connectQueue(redis.url);
  const { client } = connection;
  const figure = async (name: string) =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(await client.info())?.[1]);
  while ((await client.scard('{audiozoo}:workers')) < workers) await new Promise((r) => setTimeout(r, 200));

  const look = async () => ({
    time: performance.now() / 1000,
    processor: (await figure('used_cpu_user')) + (await figure('used_cpu_sys')),
    commands: await figure('total_commands_processed'),
  });
  let most = 0;
  const done = new Set<string>();
  const begin = await look();
  const name = 'simulated';
  const counts = await runJob(connection, {
    job: {
      ...{ name, out, versions: {} },
      settings: {
        model: { name, sha256: createHash('sha256').digest('hex') },
        ...{ format: 'jsonl', scores: { kind: 'all' }, shardSeconds: 60 },
      },
    },
    shards: sixtyClips(shards),
    // Before it is handed out a shard is not done; whoever asks again has heard that it is.
    isDone: async ({ id }) => done.has(id) || !done.add(id),
    signal: new AbortController().signal,
    onProgress: async () => {
      most = Math.max(most, await figure('used_memory'));
    },
  });
  const end = await look();
  const elapsed = end.time - begin.time;
  console.log(
    JSON.stringify({
      ...{ workers, secondsAShard: seconds, shards: counts.done, elapsed: Number(elapsed.toFixed(1)) },
      shardsASecond: Number((counts.done / elapsed).toFixed(1)),
      ofWhatWorkersCould: Number(((counts.done * seconds) / (elapsed * workers)).toFixed(2)),
      commandsASecond: Math.round((end.commands - begin.commands) / elapsed),
      redisCores: Number(((end.processor - begin.processor) / elapsed).toFixed(3)),
      redisMegabytes: Number((most / 1e6).toFixed(1)),
    }),
  );
  for (const child of children) child.kill('SIGKILL');
  await connection.close();
  await redis.stop();
}

async function* sixtyClips(shards: number): AsyncGenerator<Shard> {
  for (let shard = 0; shard < shards; shard++) {
    const entries = Array.from({ length: 60 }, (_, clip) => {
      const source = `${out}/archive/recordings/${shard}/${clip}.wav`;
      return { entry: { id: source, source }, seconds: 1 };
    });
    yield shardOf(entries);
  }
}
