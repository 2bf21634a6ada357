/**
 * The configuration as the program uses it: every default filled in, every secret resolved, durations in milliseconds,
 * sizes in bytes, paths absolute. What the file looks like is `schema.ts`; how it is read is `load.ts`.
 */
export interface Config {
  /** The file it came from; null when there is none (`dev`). */
  readonly file: string | null;
  /** Key path to text as the file has it, where the value came from a reference or a file and is not to be shown. */
  readonly written?: Readonly<Record<string, string>>;
  readonly server: {
    readonly ingest: IngestConfig;
    readonly admin: AdminConfig;
    readonly shutdownGraceMs: number;
  };
  readonly store: {
    readonly dataDir: string;
    readonly minFreeDiskBytes: number;
    readonly retention: { readonly eventsMs: number; readonly auditMs: number };
    readonly auditCheckpoint: string | null;
  };
  readonly archive: { readonly dir: string };
  readonly sources: Readonly<Record<string, SourceConfig>>;
  readonly processor: ProcessorConfig;
  readonly destinations: Readonly<Record<string, DestinationConfig>>;
  readonly alerts: readonly AlertSinkConfig[];
  readonly redaction: { readonly enabled: boolean };
  readonly log: { readonly level: LogLevel };
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

export interface IngestConfig {
  readonly host: string;
  readonly port: number;
  readonly maxBodyBytes: number;
  /** Counts the root as 1. */
  readonly maxJsonDepth: number;
  /** Per source. */
  readonly rateLimit: { readonly perSecond: number; readonly burst: number };
  readonly maxBacklog: number;
}

export interface AdminConfig {
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly AdminToken[];
}

export interface AdminToken {
  readonly name: string;
  readonly role: "read" | "operate";
  readonly secret: string;
}

/** A resolved secret. Only `ref` may be shown. */
export interface Secret {
  /** As written, for example `${env:STRIPE_WEBHOOK_SECRET}`. */
  readonly ref: string;
  readonly value: string;
  /** Epoch milliseconds after which it no longer verifies anything; null for no end. */
  readonly notAfter: number | null;
}

export interface SourceConfig {
  readonly name: string;
  /** A name from the provider registry. */
  readonly provider: string;
  readonly secrets: readonly Secret[];
  /** As the provider's `settings` describe them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface ProcessorConfig {
  readonly batchSize: number;
  readonly concurrency: number;
  /** Absolute path of the user's module; null for none. */
  readonly handler: string | null;
  readonly handlerTimeoutMs: number;
  readonly retry: { readonly maxAttempts: number; readonly baseMs: number; readonly maxMs: number };
}

export interface DestinationConfig {
  readonly name: string;
  readonly url: string;
  readonly format: "standard" | "original";
  /** Type filter such as `payment.*`; undefined for all. */
  readonly events: readonly string[] | undefined;
  /** Source filter; undefined for all. */
  readonly sources: readonly string[] | undefined;
  /** Signs `standard` bodies (Standard Webhooks). */
  readonly secret: Secret | null;
  /** Signs `original` bodies anew in the source provider's own scheme; null sends them with the headers as received. */
  readonly resign: Secret | null;
  /** At most so many requests at a time. */
  readonly concurrency: number;
  readonly rateLimitPerSecond: number | null;
  readonly timeoutMs: number;
  readonly retry: { readonly maxAttempts: number; readonly baseMs: number; readonly maxMs: number };
}

export interface AlertSinkConfig {
  readonly to: { readonly kind: "file"; readonly path: string } | { readonly kind: "http"; readonly url: string };
}
