import type { ConversionOptions } from './foreign-checkpoint.js';

/**
 * A published checkpoint of a model: where it is and what its authors say of it. Data only; nothing is
 * fetched until a person asks for it. It has a `checkpoint`, a `repository` or both, of the same weights.
 */
export interface ZooEntry {
  /** What people ask for it by; no two alike. */
  readonly name: string;
  /** What it was trained on and how, on a line. */
  readonly description: string;
  /** Its measures as the authors report them, by the measure's name: `{ mAP: 0.459 }`. */
  readonly figures: Readonly<Record<string, number>>;
  /** What it is to be chosen for before the others, on a line; of those that are. */
  readonly bestFor?: string;
  /** How many weights it learnt, in millions. */
  readonly weights?: number;
  /** The license of the weights as their authors state it, by its SPDX identifier. */
  readonly license?: string;
  /** One file of another program, which the model's `foreignCheckpoint` reads. */
  readonly checkpoint?: {
    readonly url: string;
    readonly bytes?: number;
    /** 64 hexadecimal digits. */
    readonly sha256?: string;
    /** What is known of it that the file does not say. */
    readonly conversion?: ConversionOptions;
  };
  /** A repository on Hugging Face, used as it is: `owner/name`. */
  readonly repository?: string;
}
