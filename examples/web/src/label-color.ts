/** A color's hue, in degrees, for each of a model's labels: neighbors far apart (by the golden angle). */
export function hueOfLabel(index: number): number {
  return Math.round((20 + index * 137.508) % 360);
}

/** What models call it when there is nothing to hear. */
export function isSilence(label: string): boolean {
  return /^silence$/i.test(label);
}

/** Labels that name no sound: silence, and whatever the model was not taught. */
export function isNameless(label: string): boolean {
  return isSilence(label) || /^unknown$/i.test(label);
}
