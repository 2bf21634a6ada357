/** Keeps what was given up, for good. */
export interface Archive {
  /**
   * Durable when the promise resolves. `key` is a relative path of plain names, safe as it is in a folder and a bucket;
   * writing it again replaces what was there. Rejects with a one-line message that names the cause.
   */
  write(key: string, content: string): Promise<void>;
}
