// What lies where in Redis. The braces keep all of it together in one slot of a cluster, as BullMQ needs.

export const keyPrefix = '{audiozoo}';

/** BullMQ's queue of the shards of all jobs: its keys begin with the prefix and this. */
export const queueName = 'shards';

/** A set of the names of jobs. */
export const jobsKey = `${keyPrefix}:jobs`;
/** A hash: what a job is, its state, and counts. */
export const jobKey = (name: string) => `${keyPrefix}:job:${name}`;
/** Who hands out its shards: a text that expires. */
export const producerKey = (name: string) => `${jobKey(name)}:producer`;
/** A hash of outcomes by shard, which workers write and the producer takes. */
export const finishedKey = (name: string) => `${jobKey(name)}:finished`;
/** A hash of notes by shard, about shards whose workers have died. */
export const notesKey = (name: string) => `${jobKey(name)}:notes`;
/** A hash by worker: why it cannot do the job. */
export const refusalsKey = (name: string) => `${jobKey(name)}:refusals`;
/** A set of the ids of workers. */
export const workersKey = `${keyPrefix}:workers`;
/** What a worker says of itself: a text that expires. */
export const workerKey = (id: string) => `${keyPrefix}:worker:${id}`;
