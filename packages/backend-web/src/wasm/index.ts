export { type WasmOptions, wasm } from './wasm.js';
