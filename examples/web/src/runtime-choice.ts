// Which runtime on which device: two choices of the person, one name for the worker.

/** `auto`: onnxruntime on a GPU, audiozoo's own kernels where there is none. */
export type Runtime = 'auto' | 'onnxruntime' | 'kernels' | 'tfjs';
export type Device = 'auto' | 'webgpu' | 'wasm';

export interface RuntimeChoice {
  readonly runtime: Runtime;
  readonly device: Device;
}

export const usualChoice: RuntimeChoice = { runtime: 'auto', device: 'auto' };

export function nameOfChoice({ runtime, device }: RuntimeChoice): string {
  return `${runtime}:${device}`;
}

/** The choice behind a name that `nameOfChoice` gave. */
export function choiceOfName(name: string): RuntimeChoice {
  const [runtime, device] = name.split(':') as [Runtime, Device];
  return { runtime, device };
}
