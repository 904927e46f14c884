/** What the adapter calls itself once `claimGpu` has run. */
export const claimedGpu = 'acme rocket-1';

/**
 * Has WebGPU's software adapter call itself a GPU: what hangs on there being one can then be tested on machines
 * without. For pages and workers, where it goes as text, so it uses nothing from outside.
 */
export function claimGpu(): void {
  const claims = {
    vendor: 'acme',
    architecture: 'rocket-1',
    device: '',
    description: '',
    isFallbackAdapter: false,
  };
  for (const [name, value] of Object.entries(claims)) {
    Object.defineProperty(GPUAdapterInfo.prototype, name, { get: () => value });
  }
}
