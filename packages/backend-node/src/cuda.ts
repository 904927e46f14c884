// onnxruntime comes without CUDA. Its provider lies in libraries of its own beside the binding, and those
// need NVIDIA's. When one is missing, onnxruntime says no more than that it failed, and names the first of them
// in a log on stderr. So we look before it does, and name them all, with the commands that install them.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { runtimePackage } from './runtime-package.js';

/** What stands between here and CUDA. */
export interface CudaTrouble {
  readonly what: string;
  /** What to do, in whole sentences. */
  readonly hint: string;
}

/** onnxruntime's own libraries for CUDA. The second needs the first, and NVIDIA's. */
const providers = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/** The provider opens it while it runs, for sums and means, and for attention on Hopper and newer. */
const cudnn = 'libcudnn.so.9';

/** The CUDA of onnxruntime 1.30's provider, where its libraries do not say. */
const usualCudaMajor = 13;

/** By CUDA's major version, the first driver that runs it. */
const oldestDrivers: Readonly<Record<number, string>> = { 12: '525', 13: '580' };

/**
 * What has to be installed before CUDA runs; undefined when nothing is missing. Opens libraries, but no GPU.
 * `version` is onnxruntime's.
 */
export function missingForCuda(version: string): CudaTrouble | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return {
      what: `onnxruntime has no CUDA for ${process.platform} ${process.arch}`,
      hint: 'CUDA runs on Linux x64 only: use the device "cpu" or "webgpu".',
    };
  }
  const folder = bindingFolder();
  if (!folder) return undefined;
  const missing = providers.filter((library) => !existsSync(join(folder, library)));
  return missing.length > 0
    ? missingProvider(missing, folder, version)
    : missingLibraries(join(folder, providers[1]));
}

function missingProvider(missing: readonly string[], folder: string, version: string): CudaTrouble {
  return {
    what: `CUDA is not installed, ${listed(missing)} missing`,
    hint:
      `Let onnxruntime-node's install script fetch them: \`npm install onnxruntime-node@${version}\`, then ` +
      '`ONNXRUNTIME_NODE_INSTALL=true npm rebuild onnxruntime-node` (before that, `npm install-scripts approve ' +
      'onnxruntime-node` with npm 12, `pnpm approve-builds` with pnpm). Or take them from PyPI: `pip download --no-deps ' +
      `--only-binary=:all: --python-version 3.11 onnxruntime-gpu==${version} && unzip -j onnxruntime_gpu-*.whl ` +
      `'*/libonnxruntime_providers_*' -d ${folder}\`.`,
  };
}

/** Which of the libraries that a shared library needs the system does not find, and how to install NVIDIA's. */
export function missingLibraries(library: string): CudaTrouble | undefined {
  // ldd is the system's own loader, asked what it would do.
  const { stdout } = spawnSync('ldd', [library], { encoding: 'utf8' });
  const needed = Array.from((stdout ?? '').matchAll(/^\s*(lib\S+) =>/gm), ([, name]) => name!);
  const lost = Array.from((stdout ?? '').matchAll(/^\s*(lib\S+) => not found/gm), ([, name]) => name!);
  const missing = [...new Set([...lost, cudnn])].filter((name) => !loads(name));
  if (missing.length === 0) return undefined;

  const runtime = needed.find((name) => name.startsWith('libcudart.so.'));
  const major = Number(runtime?.split('.').at(-1) ?? usualCudaMajor);
  const packages = missing.flatMap((name) => nvidiaPackages(name, major) ?? []);
  const hint = [];
  const driver = missing.find((name) => name.startsWith('libcuda.so.'));
  if (driver) {
    const oldest = oldestDrivers[major];
    hint.push(
      `${driver} comes with NVIDIA's driver: install it${oldest ? `, ${oldest} or newer` : ''} ` +
        '(`nvidia-smi` then lists the GPU); in Docker, start the container with `--gpus all`.',
    );
  }
  if (packages.length > 0) {
    const names = (kind: 'apt' | 'pip') => [...new Set(packages.map((each) => each[kind]))].join(' ');
    hint.push(
      `Install CUDA ${major}'s libraries from NVIDIA's apt repository: \`apt-get install ${names('apt')}\`; or ` +
        `from PyPI: \`pip install ${names('pip')}\`, with their folders on LD_LIBRARY_PATH before Node starts.`,
    );
  }
  return { what: `CUDA does not load, ${listed(missing)} missing`, hint: hint.join(' ') };
}

/** NVIDIA's packages with a library, for apt and pip; undefined for the driver's and for what is not NVIDIA's. */
function nvidiaPackages(
  name: string,
  major: number,
): { readonly apt: string; readonly pip: string } | undefined {
  const { stem, version } = /^lib(?<stem>\w+)\.so\.(?<version>\d+)/.exec(name)?.groups ?? {};
  const toolkit = (apt: string, pip: string) => ({
    // From 13 on, PyPI's names bear no version of CUDA.
    apt: `${apt}-${major}-${major === 12 ? 9 : 0}`,
    pip: major === 12 ? `${pip}-cu12` : `${pip}~=${version}.0`,
  });
  switch (stem) {
    case 'cudart':
      return toolkit('cuda-cudart', 'nvidia-cuda-runtime');
    case 'cublas':
    case 'cublasLt':
      return toolkit('libcublas', 'nvidia-cublas');
    case 'curand':
      return toolkit('libcurand', 'nvidia-curand');
    case 'cufft':
      return toolkit('libcufft', 'nvidia-cufft');
    case 'nvrtc':
      return toolkit('cuda-nvrtc', 'nvidia-cuda-nvrtc');
    case 'cudnn':
      return { apt: `libcudnn9-cuda-${major}`, pip: `nvidia-cudnn-cu${major}~=9.3` };
    default:
      return undefined;
  }
}

/** Whether this process finds a library: one that was loaded already counts, whatever ldd says. */
function loads(name: string): boolean {
  try {
    process.dlopen({ exports: {} }, name, constants.dlopen.RTLD_LAZY);
    return true;
  } catch (error) {
    // A library that loads ends here too: it is no Node addon. Only the loader's complaint has this form.
    return !/cannot open shared object file/.test((error as Error).message);
  }
}

const failures: Readonly<Record<number, string>> = {
  2: "The GPU's memory is full: use smaller batches, another GPU (`cuda:1`), or end what fills it (`nvidia-smi`).",
  35: "Update NVIDIA's driver: CUDA 13 needs 580 or newer, CUDA 12 needs 525 (`nvidia-smi` shows yours).",
  100: 'Check that `nvidia-smi` lists a GPU; in Docker, start the container with `--gpus all`.',
  101: 'There is no GPU of this number: `nvidia-smi -L` counts them from 0, of those in CUDA_VISIBLE_DEVICES only.',
  209: 'This GPU is too old: CUDA 13 runs on Turing (2018) and newer.',
};

/** What CUDA's own complaint in one of onnxruntime's messages means; undefined when it has none. */
export function cudaFailure(message: string): { readonly got: string; readonly hint?: string } | undefined {
  const [got, number] = /CUDA failure (\d+): [^;\n]*/.exec(message) ?? [];
  if (!got) return undefined;
  const hint = failures[Number(number)];
  return { got: got.trim(), ...(hint && { hint }) };
}

/** Where onnxruntime's native libraries are; undefined where they were moved: then onnxruntime itself has the word. */
function bindingFolder(): string | undefined {
  const runtime = runtimePackage();
  if (!runtime) return undefined;
  const folder = join(runtime.folder, 'bin', 'napi-v6', process.platform, process.arch);
  return existsSync(folder) ? folder : undefined;
}

function listed(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'}`;
}
