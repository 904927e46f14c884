import { createHash } from 'node:crypto';
import type { Sha256 } from './download.js';

/** The platform's own, fifteen times as fast as ours. */
export function createNodeSha256(): Sha256 {
  const hash = createHash('sha256');
  return { update: (bytes) => hash.update(bytes), digest: () => hash.digest('hex') };
}
