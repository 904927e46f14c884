// `fetch` through the proxies that the environment names, which Node's own leaves aside. Who fetches nothing loads nothing.

import type { Dispatcher } from 'undici';

let dispatcher: Dispatcher | undefined;

/** The environment's proxies are read once. HTTP goes through them as it is, HTTPS through a tunnel. */
export const proxiedFetch: typeof globalThis.fetch = async (input, init) => {
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  dispatcher ??= new EnvHttpProxyAgent({ proxyTunnel: false });
  return fetch(input as string, { ...(init as object), dispatcher }) as unknown as Promise<Response>;
};
