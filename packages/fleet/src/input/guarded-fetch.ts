// `fetch` that asks none but those who may be, whatever their names lead to, and also where a server redirects:
// core's requests come here for every redirect. Through the environment's proxies, as the command's own does; what a proxy
// looks up is its own to refuse.

import { lookup as lookUp } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { AudiozooError } from '@audiozoo/core';
import type { Dispatcher } from 'undici';
import { isLinkLocal } from './link-local.js';
import { checkHost, linkLocalRefused } from './source-access.js';

let dispatcher: Dispatcher | undefined;

/** A `fetch` for hosts of a list, or for all. Throws `file` errors for others. */
export function guardedFetch(hosts: readonly string[] | undefined): typeof globalThis.fetch {
  return async (input, init) => {
    checkHost(new URL(String(input)), hosts);
    const { EnvHttpProxyAgent, fetch } = await import('undici');
    dispatcher ??= new EnvHttpProxyAgent({ proxyTunnel: false, connect: { lookup } });
    try {
      const answer = await fetch(String(input), { ...(init as object), dispatcher });
      return answer as unknown as Response;
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      throw AudiozooError.isInstance(cause) ? cause : error;
    }
  };
}

/** What a name leads to is looked at as the connection is made: who looks before is told something else the second time. */
const lookup: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, options, (error, found, family) => {
    const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
    if (error || !addresses.some(isLinkLocal)) callback(error, found, family);
    else callback(linkLocalRefused(hostname), []);
  });
};
