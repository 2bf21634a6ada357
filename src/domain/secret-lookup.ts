/** What a secret store says of a secret. */
export type SecretLookup =
  /** What of it can be used, newest first; empty when nothing can. */
  | { readonly kind: "found"; readonly values: readonly string[] }
  /** The store says that there is no such secret. */
  | { readonly kind: "unknown" }
  /** The store cannot say now, and what it said last is too old. */
  | { readonly kind: "unavailable" };

/** Secrets that are fetched while the program runs. Never rejects. */
export interface SecretStore {
  /**
   * The secret under the first of these ids that the store knows. `key` is a member of its JSON; null for a secret that
   * is one text, or that is JSON with the members `current` and `previous`.
   */
  values(ids: readonly string[], key: string | null): Promise<SecretLookup>;
  /** The same, asked for anew where the last answer is older than a minute: a secret may have been rotated since. */
  newer(ids: readonly string[], key: string | null): Promise<SecretLookup>;
}
