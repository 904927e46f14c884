// What the page and the worker that teaches say to each other.

import type { ErrorDescription } from '@audiozoo/core';
import type { FileProgress } from '@audiozoo/core/files';
import type { Lesson } from './lesson.js';

/** A model to begin with, as it can be posted. */
export interface PostedModel {
  readonly location: string | readonly File[];
  readonly integrity?: Readonly<Record<string, string>>;
}

export interface TeachingProgress {
  /** `check`: without the recordings that are held back; `all`: with every one of them. */
  readonly run: 'check' | 'all';
  /** So many of the clips have been heard. */
  readonly heard?: { readonly done: number; readonly total: number };
  /** An epoch is over. */
  readonly epoch?: EpochDone;
}

export interface EpochDone {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  /** The share of held-back clips that are told right. */
  readonly accuracy: number | undefined;
}

export interface Mistake {
  /** A recording that was held back, by its id, and what it was taken for. */
  readonly recording: number;
  readonly heardAs: string;
}

export interface Taught {
  /** A model directory. */
  readonly files: readonly File[];
  /** Clips that it was taught with, and seconds of each. */
  readonly clips: number;
  readonly clipSeconds: number;
  /** How well it told recordings that were held back; absent where there were too few. */
  readonly check: { readonly recordings: number; readonly mistakes: readonly Mistake[] } | undefined;
}

/** What a page can ask of the teacher: [argument, what is told meanwhile, result]. */
export interface TeacherCalls {
  open: [PostedModel, FileProgress, undefined];
  teach: [Lesson, TeachingProgress, Taught];
}

export type CallToTeacher = {
  [Name in keyof TeacherCalls]: {
    readonly id: number;
    readonly call: Name;
    readonly value: TeacherCalls[Name][0];
  };
}[keyof TeacherCalls];

export type ToTeacher = CallToTeacher | { readonly id: number; readonly call: 'stop' };

export type FromTeacher =
  | { readonly id: number; readonly progress: FileProgress | TeachingProgress }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorDescription };
