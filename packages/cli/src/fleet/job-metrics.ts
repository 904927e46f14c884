// What Prometheus is told of a job, on this machine only.

import { createServer } from 'node:http';
import { AudiozooError } from '@audiozoo/core';
import type { JobWatch } from './job-progress.js';

/** Serves `/metrics` on the loopback interface; 0 is any port that is free. Returns its address, and what ends it. */
export async function serveMetrics(
  port: number,
  watch: JobWatch,
): Promise<{ readonly address: string; close(): void }> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const register = new Registry();
  const registers = [register];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  /** Counts that are kept elsewhere. */
  const counter = (name: string, help: string, value: () => number) => {
    let told = 0;
    return new Counter({
      name,
      help,
      registers,
      collect() {
        const now = value();
        this.inc(Math.max(0, now - told));
        told = Math.max(told, now);
      },
    });
  };
  const { state, figures } = watch;
  counter('audiozoo_clips_total', 'Sounds that were heard.', () => figures().clips);
  counter('audiozoo_failures_total', 'Sounds that could not be heard.', () => state.failed);
  counter('audiozoo_sound_seconds_total', 'Seconds of sound that were heard.', () => figures().seconds);
  counter('audiozoo_shards_total', 'Shards that were done.', () => state.shards);
  gauge(
    'audiozoo_backlog_seconds',
    'Seconds of work for what is known to be left.',
    () => figures().backlogSeconds,
  );
  gauge(
    'audiozoo_times_real_time',
    'Seconds of sound that are heard in a second.',
    () => figures().timesRealTime,
  );

  const server = createServer(async (request, response) => {
    if (request.url !== '/metrics') return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': register.contentType });
    response.end(await register.metrics());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const what = `port ${port} cannot be listened on`;
      reject(
        new AudiozooError({ code: 'argument', what, got: String(cause), hint: 'Choose another.', cause }),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  server.unref();
  const address = server.address();
  return {
    address: `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}/metrics`,
    close: () => void server.close(),
  };
}
