// What this machine has that a program of audiozoo meets. Nothing is fetched, and what is secret is not told.

import { spawnSync } from 'node:child_process';
import { stat, statfs } from 'node:fs/promises';
import { freemem, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { hubEnvironment } from '@audiozoo/core/network';
import { readVersion } from '../version.js';
import { type Processor, readProcessor } from './processor.js';
import { type DeviceTrial, tryDevice } from './trial.js';

export interface Machine {
  readonly audiozoo: string;
  readonly runtime: { readonly name: string; readonly version: string };
  readonly system: {
    readonly platform: string;
    readonly arch: string;
    readonly release: string;
    /** Of the C library, on Linux with glibc: native modules want 2.28 or newer. */
    readonly glibc: string | undefined;
  };
  readonly processor: Processor;
  /** In bytes; `limit` is what a container may have of it. */
  readonly memory: { readonly total: number; readonly free: number; readonly limit: number | undefined };
  readonly devices: readonly DeviceTrial[];
  /** Its version; undefined when it is not on the PATH. */
  readonly ffmpeg: string | undefined;
  /** Where models are kept that come by name; `free` is in bytes, undefined where nobody knows. */
  readonly cache: { readonly folder: string; readonly exists: boolean; readonly free: number | undefined };
  readonly network: {
    /** Of each of the environment's variables, without its password. */
    readonly proxies: Readonly<Record<string, string>>;
    /** Another hub than Hugging Face's. */
    readonly hub: string | undefined;
    readonly hasToken: boolean;
    readonly isOffline: boolean;
  };
}

export async function readMachine(signal: AbortSignal): Promise<Machine> {
  const { cacheFolder, endpoint, token, isOffline } = await hubEnvironment();
  const devices: DeviceTrial[] = [];
  for (const name of ['cpu', 'cuda', 'webgpu'] as const) devices.push(await tryDevice(name, signal));
  const limit = process.constrainedMemory();
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return {
    audiozoo: readVersion(),
    runtime: readRuntime(),
    system: {
      ...{ platform: process.platform, arch: process.arch, release: release() },
      glibc: header.glibcVersionRuntime,
    },
    processor: await readProcessor(),
    // Linux tells numbers beyond all memory where there is no limit.
    memory: {
      total: totalmem(),
      free: freemem(),
      limit: limit > 0 && limit < totalmem() ? limit : undefined,
    },
    devices,
    ffmpeg: readFfmpeg(),
    cache: {
      folder: cacheFolder,
      exists: (await stat(cacheFolder).catch(() => undefined))?.isDirectory() ?? false,
      free: await freeBytes(cacheFolder),
    },
    network: {
      proxies: readProxies(process.env),
      hub: endpoint && withoutPassword(endpoint),
      hasToken: token !== undefined,
      isOffline,
    },
  };
}

/** Deno and Bun say that they are Node too. */
function readRuntime(): Machine['runtime'] {
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return { name: 'Bun', version: bun };
  if (deno !== undefined) return { name: 'Deno', version: deno };
  return { name: 'Node', version: node! };
}

function readFfmpeg(): string | undefined {
  const { stdout } = spawnSync('ffmpeg', ['-version'], {
    encoding: 'utf8',
    timeout: 10_000,
    windowsHide: true,
  });
  return /^ffmpeg version (\S+)/.exec(stdout ?? '')?.[1];
}

/** On the disk that a folder lies on, or will lie on. */
async function freeBytes(folder: string): Promise<number | undefined> {
  for (let path = folder; ; path = dirname(path)) {
    const status = await statfs(path).catch(() => undefined);
    if (status) return status.bavail * status.bsize;
    if (dirname(path) === path) return undefined;
  }
}

/** The proxies that an environment names, in either case. */
export function readProxies(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  const named = names.flatMap((name): [string, string][] =>
    environment[name] ? [[name, withoutPassword(environment[name])]] : [],
  );
  return Object.fromEntries(named);
}

/** An address that may be shown. */
function withoutPassword(address: string): string {
  return address.replace(/\/\/[^/]*@/, '//…@');
}
