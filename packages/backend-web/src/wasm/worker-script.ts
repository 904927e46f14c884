// What runs in each worker, as text: a worker started from text needs no file that a bundler must know of and a
// server must serve. Plain JavaScript, which nobody compiles.

/** The first message opens the kernels; later ones, to the first thread only, are tasks (see kernel-threads.ts). */
export const workerScript = `
let memory, kernels, doing;

async function open({ module, shared, maximum, thread, threads }) {
  doing = 'reserve';
  memory = shared ?? new WebAssembly.Memory({ initial: 1, maximum, shared: true });
  doing = 'start';
  kernels = (await WebAssembly.instantiate(module, { env: { memory } })).exports;
  postMessage({});
  doing = 'run';
  if (thread > 0) kernels.serve(thread, threads); // for ever
}

function perform({ bytes, writes, call, reads }) {
  doing = 'reserve';
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / 65536);
  if (missing > 0) memory.grow(missing);
  doing = 'run';
  for (const [address, { buffer, byteOffset, byteLength }] of writes) {
    new Uint8Array(memory.buffer).set(new Uint8Array(buffer, byteOffset, byteLength), address);
  }
  if (call) kernels[call[0]](...call.slice(1));
  const results = reads.map(([address, count]) => new Float32Array(memory.buffer, address, count).slice());
  postMessage({ results }, results.map(({ buffer }) => buffer));
}

onmessage = async ({ data }) => {
  try {
    if (data.module) await open(data);
    else perform(data);
  } catch (error) {
    postMessage({ error: String(error), doing });
  }
};
`;
