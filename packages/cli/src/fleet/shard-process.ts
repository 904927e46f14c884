// The process that does shards: begun by `createShardRunner`, on this file as it is built.

import { serveShards } from '@audiozoo/fleet';
import { openShardWork, type ShardOrder } from './shard-work.js';

serveShards((order) => openShardWork(order as ShardOrder));
