// What a worker may open. Shards come from a queue, which others may write to.

import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { domainToASCII } from 'node:url';
import { AudiozooError } from '@audiozoo/core';
import { quote } from '@audiozoo/core/plugin';
import { publicSource } from '../job/public-source.js';
import { isLinkLocal } from './link-local.js';

export interface SourceAccess {
  /** Folders that paths must lie in, with all links resolved. Without it they may lie anywhere; of an empty list, none may. */
  readonly roots?: readonly string[] | undefined;
  /**
   * Hosts that addresses must name: `example.org`, `*.example.org` for all below it, `s3://bucket`. Without it, all but
   * link-local ones, which nobody may.
   */
  readonly hosts?: readonly string[] | undefined;
  /** Of a file that comes over a network. Default 2 GiB, which lie in a temporary file while it is heard. */
  readonly maxBytes?: number | undefined;
}

/** The path with all links resolved. Throws a `file` error when it is not there, or lies outside of all roots. */
export async function pathWithin(path: string, roots: readonly string[] | undefined): Promise<string> {
  if (!isAbsolute(path)) throw refused(path, 'an absolute path');
  const real = await realpath(path).catch((cause: NodeJS.ErrnoException) => {
    // What lies outside of the roots is not told of, not even that it is not there.
    if (roots && !roots.some((root) => liesIn(path, root))) throw outside(path);
    const what = `${path} ${cause.code === 'ENOENT' ? 'is not there' : 'cannot be opened'}`;
    throw new AudiozooError({ code: 'file', what, got: cause.message, hint: 'Check the path.', cause });
  });
  if (!roots) return real;
  for (const root of roots) {
    const folder = await realpath(root).catch(() => undefined);
    if (folder !== undefined && liesIn(real, folder)) return real;
  }
  throw outside(path);
}

/** Throws a `file` error unless an http(s) address may be asked, as it is written: what its name leads to is not looked at. */
export function checkHost({ protocol, hostname }: URL, hosts: readonly string[] | undefined): void {
  if (protocol !== 'http:' && protocol !== 'https:')
    throw refused(`${protocol}//${hostname}`, 'http, https or s3');
  if (isLinkLocal(hostname)) throw linkLocalRefused(hostname);
  const name = hostname.replace(/\.$/, '');
  if (!hosts || hosts.some((host) => covers(host, name))) return;
  throw notListed(hostname);
}

/** The same for a bucket. */
export function checkBucket(bucket: string, hosts: readonly string[] | undefined): void {
  if (!hosts || hosts.some((host) => host.replace(/\/$/, '') === `s3://${bucket}`)) return;
  throw notListed(`s3://${bucket}`);
}

export function linkLocalRefused(host: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${host} is not asked`,
    expected: 'a host of a network',
    got: 'a link-local address, where machines learn their own passwords',
  });
}

function covers(host: string, name: string): boolean {
  const isBelow = host.startsWith('*.');
  const listed = domainToASCII(isBelow ? host.slice(2) : host);
  if (listed === '') return host.toLowerCase() === name; // [::1]
  return isBelow ? name.endsWith(`.${listed}`) : name === listed;
}

/** Whether an absolute path lies in a folder, as both are written: where links lead is not looked at. */
export function liesIn(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way); // absolute: of another disk, on Windows
}

function outside(path: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${path} lies outside of the folders that may be read here`,
    option: 'roots',
    hint: 'Name its folder among the `roots`.',
  });
}

function notListed(host: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${host} is none of the hosts that may be asked here`,
    option: 'hosts',
    hint: 'Name it among the `hosts`, and those that it redirects to.',
  });
}

function refused(source: string, expected: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: 'this is not where a sound can be',
    expected,
    got: quote(publicSource(source)),
  });
}
