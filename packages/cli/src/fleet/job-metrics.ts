// What Prometheus is told of a job, on this machine only.

import type { JobWatch } from './job-progress.js';
import { type MetricsServer, serveMetricsText } from './metrics-server.js';

/** Serves `/metrics` on the loopback interface; 0 is any port that is free. */
export async function serveMetrics(port: number, watch: JobWatch): Promise<MetricsServer> {
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
  return serveMetricsText(port, '127.0.0.1', () => register.metrics());
}
