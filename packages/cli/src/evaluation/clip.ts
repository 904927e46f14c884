/** A clip of a data set and what is heard in it. */
export interface Clip {
  /** As the data set names it. */
  readonly name: string;
  /** Where it is. */
  readonly path: string;
  /** Places of its labels among the classes; one or more. */
  readonly labels: readonly number[];
  /** The part of a cross-validation that it belongs to. */
  readonly fold?: number;
}
