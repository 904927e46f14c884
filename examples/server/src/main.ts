// `npm run serve`: reads the flags, loads the models, listens, and drains when it is told to stop. It ends with 0 when
// all that was under way is finished, with 1 when something had to be cancelled or it could not start, with 2 for
// flags that do not fit.

import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer } from './app.js';
import { startHearingThread } from './hearing-thread.js';
import { type HearingThreads, startHearingThreads } from './hearing-threads.js';
import type { HearingWork } from './hearing-worker.js';
import { createTokens, readTokens, type Tokens } from './tokens.js';
import { removing } from './upload-folder.js';

const bundled = fileURLToPath(new URL('../../../models/spoken-digits', import.meta.url));
const usage = `Usage: npm run serve -- [options]
  --model DIR    a model directory; again for more, the first is the usual one (models/spoken-digits)
  --host HOST    (127.0.0.1: this machine only)
  --port PORT    0 for any (8080)
  --workers N    threads that decode and hear, each with the models (one per core)
  --threads N    of each run of a model (the cores, shared by the workers)
  --batch-wait MS  that a clip waits for others, to run with them (each runs alone)
  --batch N      clips that run together, at most (16)
  --queue N      requests that may wait; more are told to come again (32)
  --limit MIB    of a sound file (32)
  --windows N    that are heard in one request (5000)
  --deadline S   that a request may be decoded and heard (60)
  --grace S      in which what is under way may finish after SIGTERM (25)
  --uploads N    requests that may be on their way at the same time (64)
  --per-address N    of these from one address (16)
  --least-rate KIB   that each must send in a second (8), on average of
  --rate-grace S     (5)
  --token-file FILE  of who may ask, a token a line; read anew on SIGHUP (everybody may)
  --listeners N      live sounds at the same time (16)
  --listen S         that each may last (3600)
  --origin ORIGIN    of a page that may send live sound, as those of the same host may; again for more
  --connections N    at the same time (2048)
  --proxies N        in front, whose X-Forwarded-For is believed (0)`;

/** Of sound in one request, however well compressed. */
const maxSeconds = 600;

/** Requests that a worker has at a time: the next ones lie ready when it is done with one. */
const perWorker = 3;

/** Milliseconds in which the threads end: each a second or two after it is told to, unless it is in native code. */
const endPatience = 5000;

/** npm passes on the signals that its children get from the terminal too: two at a time are one. */
const sameSignal = 200; // ms

const flags = readFlags();
try {
  await serve();
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exit(1);
}

async function serve(): Promise<void> {
  // Until it listens a signal waits: alone, it would leave folders behind, of models as they load and of the server.
  let isToldToStop = false;
  let stop = async (): Promise<void> => {
    isToldToStop = true;
  };
  const onSignal = () => stop();
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const tokens = await openTokens();
  const hearing = await startHearing();
  if (isToldToStop) process.exit(1);
  const { app, folder, drain } = await createServer({
    hearing,
    atOnce: flags.workers * (flags.batchWait === undefined ? perWorker : 2 * flags.batch),
    queue: flags.queue,
    uploads: flags.uploads,
    uploadsPerAddress: flags.perAddress,
    leastRate: flags.leastRate * 1024,
    rateGrace: flags.rateGrace,
    deadline: flags.deadline,
    grace: flags.grace,
    connections: flags.connections,
    proxies: flags.proxies,
    tokens,
    listeners: flags.listeners,
    longestListening: flags.listen,
    origins: flags.origins,
    maxBytes: flags.limit * 2 ** 20,
  });
  process.env.TMPDIR = folder; // what decoders in threads put there goes with it
  const address = await app.listen({ host: flags.host, port: flags.port }).catch(async (error: Error) => {
    await app.close(); // its folder goes
    throw error;
  });
  if (isToldToStop) process.exit(1); // with its folder
  const clip = join(relative(process.cwd(), bundled), 'clips/7_seven.wav');
  console.log(`${address} is listening, try: curl -F file=@${clip} ${address}/v1/classify`);

  const end = async (code: number) => {
    const ended = hearing.close().then(() => true);
    if (await Promise.race([ended, sleep(endPatience, false)])) process.exit(code);
    rmSync(folder, removing);
    process.kill(process.pid, 'SIGKILL'); // an ordinary exit would wait for native code
  };
  let asked: number | undefined;
  stop = async () => {
    if (asked === undefined) {
      asked = performance.now();
      const isFinished = await drain();
      await end(isFinished ? 0 : 1);
    } else if (performance.now() - asked > sameSignal) {
      await end(1);
    }
  };
}

function startHearing(): Promise<HearingThreads> {
  const models = new Map<string, string>();
  for (const directory of flags.models) {
    const name = basename(resolve(directory));
    if (models.has(name)) throw new Error(`two models are called ${name}, as their folders are: rename one`);
    models.set(name, directory);
  }
  const { workers, windows: maxWindows } = flags;
  const threads = flags.threads ?? Math.max(1, Math.floor(availableParallelism() / workers));
  const { batchWait: wait, batch: most } = flags;
  const batches = wait === undefined ? undefined : { wait, most };
  const work: HearingWork = { models, threads, maxSeconds, maxWindows, batches };
  const script = new URL('./hearing-worker.js', import.meta.url);
  return startHearingThreads(workers, () => startHearingThread(script, work), console.error);
}

/** Of the file, now and on each SIGHUP. One that cannot be used then changes nothing. */
async function openTokens(): Promise<Tokens | undefined> {
  const { tokenFile } = flags;
  if (tokenFile === undefined) return undefined;
  const tokens = createTokens(await readTokens(tokenFile));
  process.on('SIGHUP', async () => {
    try {
      const read = await readTokens(tokenFile);
      tokens.replace(read);
      console.log(`${read.length} tokens are known`);
    } catch (error) {
      console.error(`error: ${(error as Error).message}; those known before still are`);
    }
  });
  return tokens;
}

function readFlags() {
  const { values } = parse();
  return {
    models: values.model,
    host: values.host,
    port: count('port', values.port, 0, 65535),
    workers: count('workers', values.workers, 1),
    threads: values.threads === undefined ? undefined : count('threads', values.threads, 1),
    batchWait:
      values['batch-wait'] === undefined ? undefined : count('batch-wait', values['batch-wait'], 0, 1000),
    batch: count('batch', values.batch, 1, 256),
    queue: count('queue', values.queue, 0),
    uploads: count('uploads', values.uploads, 1),
    perAddress: count('per-address', values['per-address'], 1),
    leastRate: count('least-rate', values['least-rate'], 0),
    rateGrace: count('rate-grace', values['rate-grace'], 1),
    deadline: count('deadline', values.deadline, 1),
    grace: count('grace', values.grace, 0),
    connections: count('connections', values.connections, 1),
    proxies: count('proxies', values.proxies, 0, 100),
    listeners: count('listeners', values.listeners, 0),
    listen: count('listen', values.listen, 1, 1_000_000),
    origins: values.origin,
    tokenFile: values['token-file'],
    windows: count('windows', values.windows, 1),
    limit: count('limit', values.limit, 1, 2 ** 12),
  };
}

function parse() {
  try {
    const parsed = parseArgs({
      options: {
        model: { type: 'string', multiple: true, default: [bundled] },
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        workers: { type: 'string', default: `${availableParallelism()}` },
        threads: { type: 'string' },
        'batch-wait': { type: 'string' },
        batch: { type: 'string', default: '16' },
        queue: { type: 'string', default: '32' },
        uploads: { type: 'string', default: '64' },
        'per-address': { type: 'string', default: '16' },
        'least-rate': { type: 'string', default: '8' },
        'rate-grace': { type: 'string', default: '5' },
        deadline: { type: 'string', default: '60' },
        grace: { type: 'string', default: '25' },
        connections: { type: 'string', default: '2048' },
        proxies: { type: 'string', default: '0' },
        'token-file': { type: 'string' },
        listeners: { type: 'string', default: '16' },
        listen: { type: 'string', default: '3600' },
        origin: { type: 'string', multiple: true, default: [] },
        windows: { type: 'string', default: '5000' },
        limit: { type: 'string', default: '32' },
        help: { type: 'boolean', default: false },
      },
    });
    if (!parsed.values.help) return parsed;
  } catch (error) {
    fail((error as Error).message);
  }
  console.log(usage);
  process.exit(0);
}

function count(name: string, text: string, least: number, most = 2 ** 16): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  return fail(`--${name} is ${text}: expected a whole number from ${least} to ${most}.`);
}

function fail(message: string): never {
  console.error(`${message}\n${usage}`);
  process.exit(2);
}
