// What the CPU can do that models gain from.

import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';

export interface Processor {
  /** As it calls itself. */
  readonly model: string;
  /** Cores that this process may use. */
  readonly cores: number;
  /** Instructions that onnxruntime's kernels use, of those that it has; undefined where the system does not tell. */
  readonly features: readonly string[] | undefined;
}

/** By Linux's names for them, of x64 and of arm64. */
const featureNames: Readonly<Record<string, string>> = {
  avx2: 'AVX2',
  avx512f: 'AVX-512',
  avx_vnni: 'AVX-VNNI',
  avx512_vnni: 'AVX-512 VNNI',
  amx_int8: 'AMX int8',
  amx_bf16: 'AMX bfloat16',
  asimddp: 'dot products of int8',
  asimdhp: 'float16',
  i8mm: 'products of int8 matrices',
  sve: 'SVE',
};

export async function readProcessor(): Promise<Processor> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return {
    model: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    features: featuresOf(text),
  };
}

/** Of the first core in Linux's /proc/cpuinfo; undefined where that lists none. */
export function featuresOf(cpuinfo: string): readonly string[] | undefined {
  const [, line] = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo) ?? [];
  if (line === undefined) return undefined;
  const flags = new Set(line.trim().split(/\s+/));
  return Object.entries(featureNames).flatMap(([flag, name]) => (flags.has(flag) ? [name] : []));
}
