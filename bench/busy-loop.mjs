// The process of event-loop.ts: loads a model, classifies without a pause, and says how free its event loop was
// meanwhile. Plain JavaScript for the reasons of serve.mjs.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { loadClassifier } from '@audiozoo/tasks';

const nanosecondsPerMillisecond = 1e6;

process.once('message', async ({ directory, workers, threads, seconds, samples }) => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const backend = onnxruntimeNode({ device: 'cpu', workers, threads });
  const classifier = await loadClassifier(directory, { models: [ast], backend });
  const loaded = performance.now();

  let clips = 0;
  const classifyOn = async () => {
    while (performance.now() - loaded < 1000 * seconds) {
      await classifier.classify({ samples, sampleRate: 16000 });
      clips++;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, workers) }, classifyOn));
  const end = performance.now();
  delay.disable();
  process.send({
    loadMilliseconds: loaded - start,
    clipsPerSecond: (1000 * clips) / (end - loaded),
    p50: delay.percentile(50) / nanosecondsPerMillisecond,
    p99: delay.percentile(99) / nanosecondsPerMillisecond,
    longest: delay.max / nanosecondsPerMillisecond,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  });
  await classifier.dispose();
  process.disconnect();
});
