export type { Entry } from './job/entry.js';
export type { JobSettings, LabelChoice } from './job/job-settings.js';
export type { OpenSource } from './job/open-source.js';
export type { Shard } from './job/shard.js';
export type { ShardOutcome, ShardRunner, ShardRunOptions } from './job/shard-runner.js';
