// Arrays in memory that nothing else shares, which Blobs, streams and other threads ask for. TypeScript has a word for them
// (`Uint8Array<ArrayBuffer>`) from 5.7 on; these types mean it where it is known, and compile where it is not.

export type OwnBytes = ReturnType<Uint8Array['slice']>;
export type OwnFloats = ReturnType<Float32Array['slice']>;
