import { refusal, showUrl } from './failure.js';

export const maxRedirects = 10;

const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function isRedirect(status: number): boolean {
  return statuses.has(status);
}

/**
 * Where a redirect leads. Throws a `file` error when that is nowhere, no http(s) address, or out of
 * encryption into the open.
 */
export function redirectTarget(from: URL, location: string | null | undefined): URL {
  const to = location != null && URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (!to || (to.protocol !== 'https:' && to.protocol !== 'http:')) {
    throw refusal({
      what: `${showUrl(from)} redirects to nothing that can be fetched`,
      expected: 'an http(s) address',
      got: JSON.stringify(location?.slice(0, 200)) ?? 'none',
    });
  }
  if (from.protocol === 'https:' && isInTheOpen(to)) {
    throw refusal({
      what: `${showUrl(from)} redirects to an address that is not encrypted`,
      expected: 'https',
      got: showUrl(to),
      hint: 'Anybody on the way could change the file. Tell the owner of the address.',
    });
  }
  return to;
}

/** Whether others can read and change what comes from there. What stays on this machine they cannot. */
export function isInTheOpen({ protocol, hostname }: URL): boolean {
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol !== 'https:' && !isLoopback;
}
