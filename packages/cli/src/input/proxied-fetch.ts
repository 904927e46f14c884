// `fetch` through the proxies that the environment names, which Node's own leaves aside.

import { EnvHttpProxyAgent, fetch } from 'undici';

/** The environment's proxies are read now. HTTP goes through them as it is, HTTPS through a tunnel. */
export function proxiedFetch(): typeof globalThis.fetch {
  const dispatcher = new EnvHttpProxyAgent({ proxyTunnel: false });
  return (input, init) =>
    fetch(input as string, { ...(init as object), dispatcher }) as unknown as Promise<Response>;
}
