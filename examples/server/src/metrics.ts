// What Prometheus is told.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Arrivals } from './arrivals.js';
import type { Hearing, ThreadCounts } from './hearing.js';
import type { WorkQueue } from './work-queue.js';

export interface Answered {
  /** The route, not the address: there are few of them. */
  readonly route: string;
  readonly method: string;
  /** 499 when the client was gone before. */
  readonly status: number;
  readonly seconds: number;
}

export interface Metrics {
  answered(request: Answered): void;
  /** By the name of the token that was brought. */
  admitted(name: string): void;
  heard(model: string, seconds: number): void;
  pastDeadline(model: string): void;
  /** Seconds of live sound that were heard. */
  listened(model: string, seconds: number): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
}

export interface Observed {
  readonly arrivals: Arrivals;
  readonly queue: WorkQueue;
  readonly hearing: Hearing;
  /** How many are listened to. */
  listening(): number;
}

export function createMetrics({ arrivals, queue, hearing, listening }: Observed): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });

  const requests = new Counter({
    name: 'audiozoo_requests_total',
    help: 'Requests, by their answer; 499 are those whose client was gone before.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const latency = new Histogram({
    name: 'audiozoo_request_duration_seconds',
    help: 'From the header of a request to the end of its answer.',
    labelNames: ['route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const admissions = new Counter({
    name: 'audiozoo_admitted_total',
    help: 'Requests that were let in, by the name of their token.',
    labelNames: ['token'],
    registers,
  });
  const clips = new Counter({
    name: 'audiozoo_clips_total',
    help: 'Sounds that were decoded and heard.',
    labelNames: ['model'],
    registers,
  });
  const audio = new Counter({
    name: 'audiozoo_audio_seconds_total',
    help: 'Seconds of sound that were decoded and heard.',
    labelNames: ['model'],
    registers,
  });
  const live = new Counter({
    name: 'audiozoo_live_seconds_total',
    help: 'Seconds of live sound that were heard to their end.',
    labelNames: ['model'],
    registers,
  });
  new Gauge({
    name: 'audiozoo_listening',
    help: 'Connections whose live sound is heard right now.',
    registers,
    collect() {
      this.set(listening());
    },
  });
  new Gauge({
    name: 'audiozoo_uploading',
    help: 'Requests whose body is still to come.',
    registers,
    collect() {
      this.set(arrivals.count);
    },
  });
  new Gauge({
    name: 'audiozoo_queue_length',
    help: 'Requests that are whole and wait for their turn.',
    registers,
    collect() {
      this.set(queue.waiting);
    },
  });
  new Gauge({
    name: 'audiozoo_working',
    help: 'Requests that are decoded and heard right now.',
    registers,
    collect() {
      this.set(queue.working);
    },
  });
  new Counter({
    name: 'audiozoo_uploads_refused_total',
    help: 'Bodies that were not taken to their end: slow, displaced by others as they were slow, share of an address, full.',
    labelNames: ['why'],
    registers,
    collect() {
      this.reset();
      for (const [why, count] of Object.entries(arrivals.refused)) this.inc({ why }, count);
    },
  });
  const deadlines = new Counter({
    name: 'audiozoo_deadlines_total',
    help: 'Sounds that took longer to hear than a request may.',
    labelNames: ['model'],
    registers,
  });
  const { counts } = hearing;
  if (counts) addThreadMetrics(counts, registers);

  return {
    answered({ route, method, status, seconds }) {
      requests.inc({ route, method, status });
      latency.observe({ route }, seconds);
    },
    admitted: (token) => admissions.inc({ token }),
    heard(model, seconds) {
      clips.inc({ model });
      audio.inc({ model }, seconds);
    },
    listened: (model, seconds) => live.inc({ model }, seconds),
    pastDeadline: (model) => deadlines.inc({ model }),
    text: () => register.metrics(),
  };
}

function addThreadMetrics(counts: ThreadCounts, registers: Registry[]): void {
  new Gauge({
    name: 'audiozoo_threads',
    help: 'Threads that can be asked.',
    registers,
    collect() {
      this.set(counts.ready);
    },
  });
  const totals = [
    ['replaced', 'audiozoo_threads_replaced_total', 'Threads that took the place of one that ended.'],
    ['failedStarts', 'audiozoo_thread_starts_failed_total', 'Tries to start a thread that failed.'],
    ['retried', 'audiozoo_retries_total', 'Sounds that were heard anew, as their thread had ended.'],
  ] as const;
  for (const [count, name, help] of totals) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(counts[count]);
      },
    });
  }
}
