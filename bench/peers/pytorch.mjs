// Hands on to pytorch.py what this process is told.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { serve } from '../serve.mjs';

serve(async ({ python, directory, threads, samples }) => {
  const script = join(import.meta.dirname, 'pytorch.py');
  const child = spawn(python, ['-W', 'ignore', script, directory, `${threads}`, `${samples.length}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  process.on('exit', () => child.kill());
  child.on('exit', (code) => process.exit(code ?? 1));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => JSON.parse((await lines.next()).value);
  const ask = (task, batch = 1) => {
    child.stdin.write(`${task} ${batch}\n`);
    return answer();
  };
  child.stdin.write(new Uint8Array(samples.buffer));
  await answer();
  return {
    features: () => ask('features'),
    classify: (batch) => ask('classify', batch),
    logits: async () => Float32Array.from(await ask('logits')),
    peakBytes: () => ask('peakBytes'),
  };
});
