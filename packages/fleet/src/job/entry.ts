/** One sound of a job. */
export interface Entry {
  /** What results call it: the manifest's, else its path or URL as it was given or found, without passwords. Several may have one. */
  readonly id: string;
  /** An absolute path, or a URL of http, https or s3. */
  readonly source: string;
  /** Where in it the sound begins, in seconds; at its start without. */
  readonly start?: number;
  /** Where in it the sound ends, in seconds; at its end without. */
  readonly end?: number;
  /** What tells this state of the file from others, where it was looked at: a file that has changed is heard again. */
  readonly version?: string;
}

/** A sound, and how much of it there is as far as its name and size tell. */
export interface EstimatedEntry {
  readonly entry: Entry;
  readonly seconds: number;
}
