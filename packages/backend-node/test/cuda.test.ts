import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cudaFailure, missingLibraries } from '../src/cuda.js';
import { writeSharedLibrary } from './shared-library.js';

const isLinux = process.platform === 'linux' && process.arch === 'x64';

describe.skipIf(!isLinux)('libraries that a provider needs (needs Linux on x64)', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audiozoo-cuda-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const troubleOf = async (...needed: string[]) => {
    const library = join(folder, `libprovider-${needed.length}-${needed[0]}`);
    await writeSharedLibrary(library, needed);
    return missingLibraries(library);
  };

  test('are all named that are missing, cuDNN with them, and none that is there', async () => {
    const trouble = await troubleOf('libcublasLt.so.913', 'libcurand.so.910', 'libc.so.6');
    expect(trouble?.what).toMatch(
      /^CUDA does not load, libcublasLt\.so\.913, libcurand\.so\.910(, libcudnn\.so\.9)? are missing$/,
    );
  });

  test('come with the packages of the CUDA that the provider was built for', async () => {
    const thirteen = await troubleOf(
      'libcublasLt.so.13',
      'libcublas.so.13',
      'libcurand.so.913',
      'libcudart.so.13',
    );
    expect(thirteen?.hint).toMatch(/apt-get install [^`]*libcurand-13-0/);
    expect(thirteen?.hint).toMatch(/pip install [^`]*nvidia-curand~=913\.0/);
    const twelve = await troubleOf('libcufft.so.911', 'libcudart.so.12');
    expect(twelve?.hint).toMatch(/apt-get install [^`]*libcufft-12-9/);
    expect(twelve?.hint).toMatch(/pip install [^`]*nvidia-cufft-cu12/);
  });

  test('of one package name it once', async () => {
    const trouble = await troubleOf('libcublasLt.so.913', 'libcublas.so.913');
    expect(trouble?.hint.match(/libcublas-13-0/g)).toHaveLength(1);
  });

  test("of the driver are told from CUDA's", async () => {
    const trouble = await troubleOf('libcuda.so.91', 'libcudart.so.13');
    expect(trouble?.hint).toMatch(
      /^libcuda\.so\.91 comes with NVIDIA's driver: install it, 580 or newer .*--gpus all/,
    );
    const later = await troubleOf('libcuda.so.92', 'libcudart.so.14');
    expect(later?.hint).toMatch(/^libcuda\.so\.92 comes with NVIDIA's driver: install it \(/);
  });
});

test.each([
  [35, 'CUDA driver version is insufficient for CUDA runtime version', /driver: CUDA 13 needs 580/],
  [100, 'no CUDA-capable device is detected', /nvidia-smi/],
  [101, 'invalid device ordinal', /nvidia-smi -L/],
  [2, 'out of memory', /smaller batches/],
  [209, 'no kernel image is available for execution on the device', /too old: .*Turing/],
])('CUDA failure %i, %s, is quoted with what to do', (number, words, hint) => {
  // As onnxruntime puts it.
  const message =
    '/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:114 bool onnxruntime::CudaCall(ERRTYPE) [with ' +
    `ERRTYPE = cudaError; bool THRW = true] CUDA failure ${number}: ${words} ; GPU=0 ; hostname=a ; line=336 ; ` +
    'expr=cudaSetDevice(info_.device_id); ';
  expect(cudaFailure(message)?.got).toBe(`CUDA failure ${number}: ${words}`);
  expect(cudaFailure(message)?.hint).toMatch(hint);
});

test('a message without a failure of CUDA is left to others', () => {
  expect(cudaFailure('Failed to load shared library')).toBeUndefined();
});
