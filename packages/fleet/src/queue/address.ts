// Where a queue is, as people write it: one Redis, those that sentinels watch, or a cluster.
//
//   redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]
//   redis-sentinel://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…]/NAME[/DATABASE]
//   redis-cluster://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…]
//
// `rediss` in place of `redis` is the same over TLS. What is secret may come from the environment instead.

import { AudiozooError } from '@audiozoo/core';

export interface QueueAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** Of what sentinels watch. */
  readonly masterName?: string | undefined;
  readonly database: number;
  readonly tls: boolean;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** A file of certificates to trust, in PEM; the system's without. */
  readonly caFile?: string | undefined;
  /** The address without what is secret, for messages. */
  readonly shown: string;
}

const form = /^(redis|rediss)(?:-(sentinel|cluster))?:\/\/(?:([^@]*)@)?([^@/?#]+)((?:\/[^/?#]*)*)$/;
const nodeForm = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;

/**
 * Reads an address. What is not in it comes from the environment: AUDIOZOO_REDIS_USERNAME, AUDIOZOO_REDIS_PASSWORD,
 * AUDIOZOO_REDIS_SENTINEL_PASSWORD and AUDIOZOO_REDIS_CA. Throws `argument` errors, which do not tell what is secret.
 */
export function parseQueueAddress(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): QueueAddress {
  const [, scheme, kind = 'single', login, hosts, path] = form.exec(text) ?? [];
  const usualPort = kind === 'sentinel' ? 26379 : 6379;
  const nodes = (hosts ?? '').split(',').map((node) => {
    const [, host, port = `${usualPort}`] = nodeForm.exec(node) ?? [];
    return host === undefined ? undefined : { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) };
  });
  const parts = (path ?? '').split('/').slice(1);
  const masterName = kind === 'sentinel' ? parts.shift() : undefined;
  const [database = ''] = parts.splice(0, kind === 'cluster' ? 0 : 1);
  const isWhole =
    scheme !== undefined &&
    nodes.every((node) => node !== undefined && node.port > 0 && node.port < 65536) &&
    (kind !== 'single' || nodes.length === 1) &&
    (kind !== 'sentinel' || /^[\w.-]+$/.test(masterName ?? '')) &&
    /^\d{0,4}$/.test(database) &&
    parts.every((part) => part === '');
  if (!isWhole) throw notAnAddress(text);
  const [username, password] = readLogin(login, text);
  const shown = `${scheme}${kind === 'single' ? '' : `-${kind}`}://${hosts}${path === '/' ? '' : path}`;
  return {
    kind: kind as QueueAddress['kind'],
    nodes: nodes.map((node) => node!),
    masterName,
    database: Number(database),
    tls: scheme === 'rediss',
    username: username || environment.AUDIOZOO_REDIS_USERNAME || undefined,
    password: password || environment.AUDIOZOO_REDIS_PASSWORD || undefined,
    sentinelPassword: environment.AUDIOZOO_REDIS_SENTINEL_PASSWORD || undefined,
    caFile: environment.AUDIOZOO_REDIS_CA || undefined,
    shown,
  };
}

function readLogin(login: string | undefined, text: string): [username?: string, password?: string] {
  if (login === undefined) return [];
  const colon = login.indexOf(':');
  const parts = colon < 0 ? [login] : [login.slice(0, colon), login.slice(colon + 1)];
  try {
    return parts.map(decodeURIComponent) as [string, string?] as [string, string];
  } catch {
    throw notAnAddress(text);
  }
}

function notAnAddress(text: string): AudiozooError {
  const hidden = text.replace(/\/\/.*@/s, '//…@');
  return new AudiozooError({
    code: 'argument',
    what: 'this is not the address of a queue',
    expected: 'redis://HOST:6379/0, redis-sentinel://HOST,HOST/NAME or redis-cluster://HOST,HOST',
    got: hidden.length > 200 ? `${hidden.slice(0, 200)}…` : hidden,
    hint: 'Letters with a meaning of their own in a password are written as in URLs: @ as %40, / as %2F.',
    option: 'queue',
  });
}
