// The process of manifest.ts: reads a manifest to its end and cuts it into shards, as a producer does, and says how long
// that took and how much memory. Plain JavaScript for the reasons of serve.mjs.

import { cutShards, readInputs } from '@audiozoo/fleet';

process.once('message', async ({ path }) => {
  const start = performance.now();
  let [entries, shards, most] = [0, 0, 0];
  for await (const shard of cutShards(readInputs([path]), { shardSeconds: 600 })) {
    entries += shard.entries.length;
    shards++;
    most = Math.max(most, Buffer.byteLength(JSON.stringify(shard)));
  }
  process.send({
    entries,
    shards,
    mostShardBytes: most,
    seconds: (performance.now() - start) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  });
  process.disconnect();
});
