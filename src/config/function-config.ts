import type { Config, IngestConfig, ProcessorConfig } from "./config.ts";

/**
 * What of the configuration the functions on AWS use. They serve neither the admin API nor HTTP destinations, so their
 * secrets are not in it; the sources' secrets are references, followed where the function runs (`function-sources.ts`).
 */
export interface FunctionConfig {
  /** Absolute. */
  readonly file: string;
  readonly server: { readonly ingest: IngestConfig };
  readonly store: { readonly retention: Config["store"]["retention"] };
  readonly sources: Readonly<Record<string, FunctionSource>>;
  readonly processor: ProcessorConfig;
  readonly redaction: Config["redaction"];
  readonly log: Config["log"];
}

export interface FunctionSource {
  readonly name: string;
  /** A name from the provider registry. */
  readonly provider: string;
  readonly secrets: readonly SecretReference[];
  /** As the provider's `settings` describe them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface SecretReference {
  /** As written, for example `${aws-sm:payments#stripe}`. */
  readonly ref: string;
  /** Epoch milliseconds after which it no longer verifies anything; null for no end. */
  readonly notAfter: number | null;
}
