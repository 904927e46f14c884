// onnxruntime-node carries no CUDA. Its provider lies in libraries of its own beside the binding, and
// those need NVIDIA's. onnxruntime says of neither which one is missing, except in a log on stderr.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

/** onnxruntime's own libraries for CUDA. The second needs the first. */
const providerLibraries: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'],
  win32: ['onnxruntime_providers_shared.dll', 'onnxruntime_providers_cuda.dll'],
};

export interface MissingLibraries {
  readonly what: string;
  /** What to install, a whole sentence. */
  readonly mend: string;
}

/** Which of onnxruntime's own libraries for CUDA are not installed. Cheap: loads nothing. */
export function missingProvider(version: string): MissingLibraries | undefined {
  const folder = bindingFolder();
  const libraries = providerLibraries[process.platform];
  if (!libraries) {
    return {
      what: `onnxruntime has no CUDA for ${process.platform}`,
      mend: 'CUDA runs on Linux and Windows only: use the device "cpu" or "webgpu".',
    };
  }
  const missing = libraries.filter((library) => folder && !existsSync(join(folder, library)));
  if (missing.length === 0) return undefined;
  return {
    what: `CUDA is not installed, ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
    mend:
      'On Linux, onnxruntime-node fetches them where its install script may run: unset ONNXRUNTIME_NODE_INSTALL and ' +
      'run `npm rebuild onnxruntime-node` (with pnpm: `pnpm approve-builds`). Or copy the onnxruntime_providers ' +
      `libraries of NuGet's Microsoft.ML.OnnxRuntime.Gpu or PyPI's onnxruntime-gpu, version ${version}, to ${folder}.`,
  };
}

/** After CUDA failed to load: the library of NVIDIA's that the provider did not find, as the system's loader names it. */
export function missingCudaLibrary(): MissingLibraries | undefined {
  const folder = bindingFolder();
  if (!folder) return undefined;
  for (const library of providerLibraries[process.platform] ?? []) {
    try {
      process.dlopen({ exports: {} }, join(folder, library), constants.dlopen.RTLD_LAZY);
    } catch (error) {
      // A library that loads ends here too: it is no Node addon. Only the loader's complaint has this form.
      const name = /^(\S+): cannot open shared object file/.exec((error as Error).message)?.[1];
      if (name) {
        return {
          what: `CUDA is not installed, ${name} is missing`,
          mend: "Install NVIDIA's driver, the CUDA toolkit and cuDNN in the versions that this file name asks for, and put them on LD_LIBRARY_PATH.",
        };
      }
    }
  }
  return undefined;
}

/** Where onnxruntime-node keeps its native libraries. */
function bindingFolder(): string | undefined {
  try {
    const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    const folder = join(root, 'bin', 'napi-v6', process.platform, process.arch);
    return existsSync(folder) ? folder : undefined;
  } catch {
    return undefined; // bundled or moved: then onnxruntime itself has the word
  }
}
