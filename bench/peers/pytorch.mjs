// Hands on to pytorch.py what this process is told, or to zoo.py where a model of its is named.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { serve } from '../serve.mjs';

serve(async ({ python, peer, directory, threads, samples }) => {
  const script = join(import.meta.dirname, peer ? 'zoo.py' : 'pytorch.py');
  const model = peer ? [peer, directory] : [directory];
  const child = spawn(python, ['-W', 'ignore', script, ...model, `${threads}`, `${samples.length}`], {
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
  child.stdin.write(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  await answer();
  return {
    features: () => ask('features'),
    classify: (batch) => ask('classify', batch),
    logits: async () => Float32Array.from(await ask('logits')),
    operations: async () => [await ask('operations')],
    peakBytes: () => ask('peakBytes'),
  };
});
