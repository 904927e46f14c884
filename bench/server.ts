// The example server, or several, under load, over loopback: how much it answers, whether it still answers for its health, whether
// its memory stays, and what SIGTERM loses. Load and server share the machine, as their figures then do.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { readOptions, stop, wholeNumber } from './command-line.js';
import { median, percentile } from './measurements.js';

const usage = `Usage: npm run bench:server -- [options]
  --requests N      (5000)
  --connections N   at the same time (16)
  --model DIR       (models/spoken-digits)
  --clip FILE       what is sent (a spoken seven)
  --workers N       the server's (one per core)
  --threads N       of each run of a model (the cores, shared by the workers)
  --replicas N      servers that share the connections, each with so many workers (1)
  --batch-wait MS   the server's (each clip runs alone)
  --batch N         the server's (16)
  --json FILE       every figure, for machines`;

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const options = readOptions(usage, {
  requests: { type: 'string', default: '5000' },
  connections: { type: 'string', default: '16' },
  model: { type: 'string', default: path('models/spoken-digits') },
  clip: { type: 'string', default: path('models/spoken-digits/clips/7_seven.wav') },
  workers: { type: 'string', default: `${availableParallelism()}` },
  threads: { type: 'string' },
  replicas: { type: 'string', default: '1' },
  'batch-wait': { type: 'string' },
  batch: { type: 'string' },
  json: { type: 'string' },
});

/** Milliseconds to which the end of a load is known. With autocannon's usual second, idle time would count. */
const sampleInt = 50;
/** Requests before those that count, as a share of them: buffers and pools have grown by then. */
const warmUp = 0.1;
const mebibyte = 2 ** 20;
const requests = wholeNumber('requests', options.requests, usage);
const connections = wholeNumber('connections', options.connections, usage);
const replicas = wholeNumber('replicas', options.replicas, usage);
const clip = readFileSync(options.clip);
const headers = { 'content-type': 'audio/wav' };

interface Sample {
  readonly residentBytes: number;
  /** The servers'. */
  readonly cpuSeconds: number;
  /** The whole machine's, so far. */
  readonly busySeconds: number;
}

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Until then its end is one that nobody asked for. */
let toldToEnd = false;
const servers = await Promise.all(Array.from({ length: replicas }, startServer));
const [{ child, url }] = servers as [Server]; // whose health is asked, and who is told to stop
try {
  await load(Math.max(connections, Math.ceil(requests * warmUp)));
  const health = new AbortController();
  const asking = askHealth(health.signal);
  const before = await sample();
  const memory: number[] = [];
  const sampling = setInterval(async () => memory.push((await sample()).residentBytes), 500);
  const result = await load(requests);
  clearInterval(sampling);
  health.abort();
  const after = await sample();
  memory.push(after.residentBytes);
  const healthTimes = await asking;
  const stopped = await stopUnderLoad();

  const third = Math.ceil(memory.length / 3);
  const report = {
    ...result,
    requestsPerSecond: result.requests / result.duration,
    healthP99: percentile(healthTimes, 0.99),
    healthRequests: healthTimes.length,
    serverCores: (after.cpuSeconds - before.cpuSeconds) / result.duration,
    busyCores: (after.busySeconds - before.busySeconds) / result.duration,
    cores: availableParallelism(),
    memory: {
      first: before.residentBytes / mebibyte,
      firstThird: median(memory.slice(0, third)) / mebibyte,
      lastThird: median(memory.slice(-third)) / mebibyte,
      last: after.residentBytes / mebibyte,
    },
    stopped,
  };
  const { latency, memory: resident } = report;
  console.log(`${report.requests} requests, ${connections} at a time, ${result.duration.toFixed(1)} s
requests   ${report.requestsPerSecond.toPrecision(3)} per second, ${report.refused} refused, ${report.errors} failed
latency    ${latency.p50} ms at the median, ${latency.p99} ms at p99
/healthz   ${report.healthP99.toFixed(1)} ms at p99 of ${report.healthRequests} (at most 50)
CPU        the ${replicas === 1 ? 'server' : 'servers'} ${report.serverCores.toFixed(2)} cores, with the load and all else ${report.busyCores.toFixed(2)} of ${report.cores}
memory     ${resident.first.toFixed(0)} MiB before, then ${resident.firstThird.toFixed(0)} in the first third, ${resident.lastThird.toFixed(0)} in the last
SIGTERM    ${stopped.answered} answered, ${stopped.refused} refused, ${stopped.notTaken} no longer taken, ${stopped.lost} lost; exit code ${stopped.exitCode}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  toldToEnd = true;
  for (const server of servers) server.child.kill('SIGKILL');
}

async function startServer(): Promise<Server> {
  const flags = ['--port', '0', '--model', options.model, '--workers', options.workers];
  flags.push('--uploads', `${Math.max(64, connections)}`, '--per-address', `${connections}`);
  for (const name of ['threads', 'batch-wait', 'batch'] as const) {
    if (options[name] !== undefined) flags.push(`--${name}`, options[name]);
  }
  const child = spawn(process.execPath, [path('examples/server/dist/main.js'), ...flags, '--queue', '1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.once('exit', (code, signal) => {
    if (!toldToEnd)
      stop(`The server ended by itself, with ${signal ?? `exit code ${code}`}: see its words above.`);
  });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, url: /^http:\S+/.exec(line.toString())![0] };
}

/** What all servers did together; the latency is that of the slowest. */
async function load(amount: number) {
  const timeout = 600; // seconds: large models have a queue of minutes
  const sent = { method: 'POST', headers, body: clip } as const;
  const share = { connections: Math.ceil(connections / replicas), amount: Math.ceil(amount / replicas) };
  const results = await Promise.all(
    servers.map(({ url }) =>
      autocannon({ url: `${url}/v1/classify`, ...sent, ...share, timeout, sampleInt }),
    ),
  );
  const sum = (value: (result: autocannon.Result) => number) =>
    results.reduce((total, result) => total + value(result), 0);
  const most = (value: (result: autocannon.Result) => number) => Math.max(...results.map(value));
  return {
    requests: sum(({ requests }) => requests.total),
    duration: most(({ duration }) => duration),
    refused: sum(({ non2xx }) => non2xx),
    errors: sum(({ errors }) => errors),
    latency: { p50: most(({ latency }) => latency.p50), p99: most(({ latency }) => latency.p99) },
  };
}

async function sample(): Promise<Sample> {
  const figures = await Promise.all(
    servers.map(async ({ url }) => {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
      return (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))!.split(' ')[1]);
    }),
  );
  const sum = (name: string) => figures.reduce((total, value) => total + value(name), 0);
  return {
    residentBytes: sum('process_resident_memory_bytes'),
    cpuSeconds: sum('process_cpu_seconds_total'),
    busySeconds: cpus().reduce((sum, { times }) => sum + times.user + times.sys + times.irq, 0) / 1000,
  };
}

/** Milliseconds of one question after another, on a connection of their own. */
async function askHealth(signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    const begun = performance.now();
    await (await fetch(`${url}/healthz`)).text();
    times.push(performance.now() - begun);
    await sleep(10);
  }
  return times;
}

/** Clients that ask until they are told to go, and a SIGTERM meanwhile. Lost is what was sent and not answered. */
async function stopUnderLoad() {
  const counts = { answered: 0, refused: 0, notTaken: 0, lost: 0 };
  const agent = new Agent({ keepAlive: true });
  const ended = once(child, 'close') as Promise<[number]>;
  const client = async () => {
    for (let outcome: keyof typeof counts = 'answered'; outcome === 'answered'; ) {
      outcome = await post(agent);
      counts[outcome]++;
    }
  };
  const clients = Array.from({ length: connections }, client);
  await sleep(1000);
  toldToEnd = true;
  child.kill('SIGTERM');
  await Promise.all(clients);
  const [exitCode] = await ended;
  return { ...counts, exitCode };
}

function post(agent: Agent): Promise<'answered' | 'refused' | 'notTaken' | 'lost'> {
  return new Promise((resolve) => {
    const sent = request(`${url}/v1/classify`, { method: 'POST', headers, agent });
    sent.on('response', (response) => {
      response.on('error', () => resolve('lost')).resume();
      response.on('end', () => resolve(response.statusCode === 200 ? 'answered' : 'refused'));
    });
    sent.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNREFUSED' ? 'notTaken' : 'lost'),
    );
    sent.end(clip);
  });
}
