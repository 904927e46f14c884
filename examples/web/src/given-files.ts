// What somebody dropped or chose: a sound, a model folder, or a checkpoint with its labels.

export type Given =
  | { readonly kind: 'sound'; readonly file: File /** Sounds beyond the first. */; readonly others: number }
  | { readonly kind: 'model'; readonly files: readonly File[] }
  | { readonly kind: 'checkpoint'; readonly file: File; readonly labels: File | undefined }
  | { readonly kind: 'nothing' };

const checkpointName = /\.(pth|pt|bin|ckpt|safetensors)$/i;
const labelsName = /\.(csv|txt)$/i;

/** Files that are no model are taken for sound: whether they are is decided by their bytes. */
export function recognizeGiven(files: readonly File[]): Given {
  if (files.some(({ name }) => name === 'config.json')) return { kind: 'model', files };
  const checkpoint = files.find(({ name }) => checkpointName.test(name));
  if (checkpoint) {
    return { kind: 'checkpoint', file: checkpoint, labels: files.find(({ name }) => labelsName.test(name)) };
  }
  const [sound, ...others] = files.filter(({ name }) => !name.startsWith('.'));
  return sound ? { kind: 'sound', file: sound, others: others.length } : { kind: 'nothing' };
}
