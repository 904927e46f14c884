// The machine's WebGPU adapter, if it has one, and whether a GPU stands behind it. A software adapter
// computes the same numbers on the CPU, but slower than WebAssembly does.

/** The browser's own type. TypeScript knows it from 6.0 on, before that where @webgpu/types are installed. */
type Adapter = typeof globalThis extends { GPUAdapter: { prototype: infer Known } } ? Known : object;

export interface Gpu {
  readonly adapter: Adapter;
  /** For people: `nvidia ampere`. */
  readonly name: string;
  readonly isSoftware: boolean;
}

/** What models run on in a page, by its own names. */
export type WebDevice = 'webgpu' | 'wasm';

/** Which runtime is fastest on a device: onnxruntime on a GPU, audiozoo's own kernels where there is none. */
export async function fastestRuntime(
  device: WebDevice | 'auto' = 'auto',
): Promise<'onnxruntime' | 'kernels'> {
  if (device !== 'auto') return device === 'webgpu' ? 'onnxruntime' : 'kernels';
  const gpu = await findGpu();
  return gpu && !gpu.isSoftware ? 'onnxruntime' : 'kernels';
}

/** The fastest WebGPU adapter, or undefined where there is none. */
export async function findGpu(): Promise<Gpu | undefined> {
  // Without `navigator` (Node 20) or `gpu` (older browsers, pages without HTTPS) there is no WebGPU.
  const { navigator } = globalThis as { navigator?: Partial<Navigator> };
  const adapter = await navigator?.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return undefined;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = [...new Set([vendor, architecture, device, description])].filter(Boolean).join(' ');
  // Chromium calls SwiftShader a fallback adapter only where it was asked for one.
  const isSoftware = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(name);
  return { adapter, name: name || 'unnamed adapter', isSoftware };
}
