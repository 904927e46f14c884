/** Whom a reader tells how it gets on. */
export interface Listener {
  /** To be awaited in every round of a loop: other events happen, and an abort is thrown. */
  rest(): Promise<void>;
  /** Work that led to no sound, in bytes or samples: no file may cause much of it. */
  waste(steps: number): void;
  /** Something could not be decoded. */
  damaged(): void;
  /** The file is shorter than it says, or ends within something. */
  endsEarly(): void;
  /** Something worth knowing. */
  note(text: string): void;
}
