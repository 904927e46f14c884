// What Prometheus is told.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
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
  heard(model: string, seconds: number): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
}

export function createMetrics(queue: WorkQueue): Metrics {
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
  new Gauge({
    name: 'audiozoo_uploading',
    help: 'Requests whose body is still to come.',
    registers,
    collect() {
      this.set(queue.arriving);
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

  return {
    answered({ route, method, status, seconds }) {
      requests.inc({ route, method, status });
      latency.observe({ route }, seconds);
    },
    heard(model, seconds) {
      clips.inc({ model });
      audio.inc({ model }, seconds);
    },
    text: () => register.metrics(),
  };
}
