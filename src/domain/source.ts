import type { Provider } from "./provider.ts";

/** One configured place that providers post to: `POST /webhooks/{name}`. */
export interface Source {
  /** `[a-z0-9-]{1,40}` */
  readonly name: string;
  readonly provider: Provider;
  /** As the provider's `settings` describe them, defaults filled in; durations in milliseconds. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Every secret that is valid at `now` (epoch milliseconds), newest first; null when they cannot be had. */
  secrets(now: number): readonly string[] | null | Promise<readonly string[] | null>;
}
