import type { JsonValue } from "./json.ts";
import type { Normalisation, Reply, Verification } from "./outcome.ts";

/** One HTTP delivery as it arrived. */
export interface Delivery {
  /** Names in lower case. A header that came more than once is an array. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes as they arrived; authenticity is judged over nothing else. */
  readonly body: Uint8Array;
  /** The path and query as requested, for schemes that sign the query. */
  readonly url?: string;
}

/** Everything a provider needs to judge a delivery for one source. */
export interface VerifyContext {
  /** Every secret that is valid now, newest first. Never empty strings. */
  readonly secrets: readonly string[];
  /** The source's settings as the provider's `settings` describe them, defaults filled in. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** PEM text of the certificate behind a URL that the provider has already judged safe; null when out of reach. */
  readonly certificate: (url: string) => Promise<string | null>;
}

export interface NormaliseContext {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly headers: Delivery["headers"];
}

/** A field that a source of this provider may have in the configuration file. Durations arrive as milliseconds. */
export interface SettingSpec {
  readonly type: "string" | "url" | "duration" | "boolean" | "strings" | "choice" | "object";
  readonly describe: string;
  readonly required?: true;
  readonly default?: string | boolean | readonly string[];
  /** For `string`: what it has to look like. */
  readonly pattern?: RegExp;
  /** For `choice`. */
  readonly of?: readonly string[];
  /** For `object`. */
  readonly fields?: Readonly<Record<string, SettingSpec>>;
}

/** What a secret of this provider has to look like, so that a wrong one is a start-up error and not a silent key. */
export interface SecretSpec {
  readonly describe: string;
  readonly pattern?: RegExp;
}

/**
 * One provider: how to tell that a delivery is authentic, and what it means. The whole of a provider is one file that
 * exports one of these, one line in `index.ts`, and its fixtures.
 */
export interface Provider {
  /** The name used in configuration: `provider: stripe`. */
  readonly name: string;
  /** For people: `Stripe`. */
  readonly title: string;
  /** Headers that carry authenticity; a delivery is recorded with their names, never with their values. */
  readonly signatureHeaders: readonly string[];
  /** Null for a provider that is verified without a shared secret. */
  readonly secret: SecretSpec | null;
  readonly settings: Readonly<Record<string, SettingSpec>>;
  /** Judges the raw bytes. Never throws, whatever the headers and the body. */
  verify(delivery: Delivery, context: VerifyContext): Verification | Promise<Verification>;
  /**
   * Reads an authentic body into our vocabulary. `body` is parsed JSON without duplicate keys; `text` is its source,
   * for numbers that must not pass through a float. Never throws: an unknown event is of type `other`.
   */
  normalise(body: JsonValue, text: string, context: NormaliseContext): Normalisation;
  /** The answer this provider needs instead of ours, with status 200. */
  readonly reply?: Reply;
  /**
   * Whether two authentic bodies under one event id say the same, where this provider's copies are known to differ in
   * fields that mean nothing. Without it any other byte is a conflict.
   */
  sameContent?(first: Uint8Array, later: Uint8Array): boolean;
}
