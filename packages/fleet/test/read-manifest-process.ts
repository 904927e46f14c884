// A process that reads a manifest to its end, cuts it into shards, and says how much memory it held on the way, once what
// nobody needs was collected.

import { cutShards, readInputs } from '@audiozoo/fleet';

const [path = ''] = process.argv.slice(2);
let entries = 0;
const held: number[] = [];
for await (const shard of cutShards(readInputs([path]), { shardSeconds: 600 })) {
  entries += shard.entries.length;
  if (entries < 2500 * (held.length + 1)) continue;
  globalThis.gc!();
  held.push(process.memoryUsage().heapUsed);
}
console.log(JSON.stringify({ entries, held }));
