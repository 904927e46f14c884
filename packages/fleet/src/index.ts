export { guardedFetch } from './input/guarded-fetch.js';
export { type OpenedSource, openSource } from './input/open-source.js';
export { type ReadInputsOptions, readInputs } from './input/read-inputs.js';
export { checkHost, liesIn, type SourceAccess } from './input/source-access.js';
export { type CutShardsOptions, cutShards, shardOf } from './job/cut-shards.js';
export type { Entry, EstimatedEntry } from './job/entry.js';
export type { JobSettings, LabelChoice } from './job/job-settings.js';
export type { OpenSource } from './job/open-source.js';
export { publicSource } from './job/public-source.js';
export type { Shard } from './job/shard.js';
export type { ShardOutcome, ShardRunner, ShardRunOptions } from './job/shard-runner.js';
export { chooseShardSeconds } from './job/shard-seconds.js';
export { type EndOptions, endResults, type ResultsSummary } from './results/end-results.js';
export { type Manifest, openResults, readManifest, type WantedJob } from './results/manifest.js';
export { isDone as isShardDone } from './results/results-folder.js';
export {
  createShardRunner,
  type MeasuringRunner,
  type ShardRunnerOptions,
} from './runner/create-shard-runner.js';
export { type ShardWork, serveShards } from './runner/serve-shards.js';
