// Kaldi's window functions, symmetric ones: the last point equals the first.

export const windowNames = ['hanning', 'povey', 'hamming', 'blackman', 'rectangular'] as const;
export type WindowName = (typeof windowNames)[number];

/**
 * A window of `length` ≥ 2 points, as torchaudio's `_feature_window_function`. `blackmanCoefficient` is
 * the constant term of the `blackman` window.
 */
export function createWindow(name: WindowName, length: number, blackmanCoefficient: number): Float64Array {
  const step = (2 * Math.PI) / (length - 1);
  const point: Record<WindowName, (angle: number) => number> = {
    hanning: hann,
    povey: (angle) => hann(angle) ** 0.85, // like hanning, but steeper at the edges
    hamming: (angle) => 0.54 - 0.46 * Math.cos(angle),
    blackman: (angle) =>
      blackmanCoefficient - 0.5 * Math.cos(angle) + (0.5 - blackmanCoefficient) * Math.cos(2 * angle),
    rectangular: () => 1,
  };
  return Float64Array.from({ length }, (_, index) => point[name](step * index));
}

function hann(angle: number): number {
  return 0.5 - 0.5 * Math.cos(angle);
}
