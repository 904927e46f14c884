// WebAssembly compiled on the spot: within the 4 KiB that all browsers compile so on a page's main thread.

const instances = new Map<string, unknown>();

/**
 * What a program of this package exports, of the one instance that there is, since each takes address space by the
 * gigabyte. Undefined where WebAssembly or its vectors are missing or forbidden.
 */
export function wasmProgram<Exports>(binary: string): Exports | undefined {
  if (!instances.has(binary)) instances.set(binary, instantiate(binary));
  return instances.get(binary) as Exports | undefined;
}

function instantiate(binary: string): unknown {
  // WebAssembly's numbers are little-endian, typed arrays are as the machine is.
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) return undefined;
  try {
    const bytes = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  } catch {
    return undefined; // no loss but time: plain JavaScript's numbers are the same
  }
}
