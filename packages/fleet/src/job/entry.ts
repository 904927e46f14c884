/** One sound of a job. */
export interface Entry {
  /** What results call it: the manifest's, else its path or URL as it was given or found. */
  readonly id: string;
  /** An absolute path, or a URL of http, https or s3. */
  readonly source: string;
  /** Where in it the sound begins, in seconds; at its start without. */
  readonly start?: number;
  /** Where in it the sound ends, in seconds; at its end without. */
  readonly end?: number;
}
