// BullMQ's queue, and what is asked of it here.

import { Queue, QueueEvents } from 'bullmq';
import type { QueueConnection, RedisClient } from './connection.js';
import { keyPrefix, queueName } from './keys.js';
import { type ShardTask, taskId, taskIdPrefix } from './shard-task.js';

export interface ShardQueue {
  /** Hands out a shard; nothing where it is handed out already. */
  add(task: ShardTask): Promise<void>;
  /** Of these tasks, those that are in no list: done, or lost. */
  missing(ids: readonly string[]): Promise<string[]>;
  /** The ids of all tasks that wait, and of those that workers have. */
  list(): Promise<{ readonly waiting: readonly string[]; readonly active: readonly string[] }>;
  /** Takes the waiting shards of a job away. Returns how many these were. */
  removeWaiting(job: string): Promise<number>;
  /** Calls back when a task ends; now and then a call is missed. */
  onEnd(callback: () => void): void;
  close(): Promise<void>;
}

/** What all of BullMQ here is given. */
export function queueOptions(client: RedisClient) {
  return {
    connection: client,
    prefix: keyPrefix,
    skipVersionCheck: true, // it would print; the connection has looked
  };
}

export function openShardQueue({ client }: QueueConnection): ShardQueue {
  const queue = new Queue(queueName, queueOptions(client));
  let events: QueueEvents | undefined;
  queue.on('error', () => {}); // the connection tells of interruptions, and commands reject
  return {
    async add(task) {
      await queue.add(task.job, task, {
        jobId: taskId(task.job, task.shard.id),
        removeOnComplete: true,
        removeOnFail: true,
        // Whether a shard is given up is decided here, by what became of it, not by how often it was begun.
        attempts: 1_000_000,
        stackTraceLimit: 0,
      });
    },
    async missing(ids) {
      const pipeline = client.pipeline();
      for (const id of ids) pipeline.exists(queue.toKey(id));
      const answers = (await pipeline.exec()) ?? [];
      return ids.filter((_, at) => answers[at]?.[1] === 0);
    },
    async list() {
      const [waiting, active] = await Promise.all([
        client.lrange(queue.toKey('wait'), 0, -1),
        client.lrange(queue.toKey('active'), 0, -1),
      ]);
      return { waiting, active };
    },
    async removeWaiting(job) {
      const waiting = await client.lrange(queue.toKey('wait'), 0, -1);
      const ours = waiting.filter((id) => id.startsWith(taskIdPrefix(job)));
      const removed = await Promise.all(ours.map((id) => queue.remove(id)));
      return removed.filter((count) => count === 1).length;
    },
    onEnd(callback) {
      events = new QueueEvents(queueName, queueOptions(client));
      events.on('error', () => {});
      events.on('completed', callback);
      events.on('failed', callback);
    },
    async close() {
      await events?.close();
      await queue.close();
    },
  };
}
