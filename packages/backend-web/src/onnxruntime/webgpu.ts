// All that only sessions on WebGPU need: pages on WebAssembly do not fetch it.

export { gpuOperators } from './gpu-operators.js';
export { createGpuSession } from './gpu-session.js';
