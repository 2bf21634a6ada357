/**
 * One inbox somewhere, as the scenarios see it. Everything goes over its public interfaces, so that the same scenarios
 * run against whatever can give one of these.
 */
export interface Deployment {
  readonly ingestUrl: string;
  /** The admin API, as an operator. `body` is sent as JSON. */
  api(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** Posts a delivery as the source's provider sends it. */
  send(source: string, type: string, options?: SendOptions): Promise<IngestAnswer>;
  /** Posts exactly this. */
  post(source: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array): Promise<IngestAnswer>;
  /** The headers with which the source's provider signs these bytes now. */
  sign(source: string, body: string | Uint8Array): Readonly<Record<string, string>>;
  /** Every alert so far. */
  alerts(): Promise<readonly SeenAlert[]>;
  /** Every archived record so far, by its key. */
  archive(): Promise<ReadonlyMap<string, string>>;
  /** Stops it in order and starts it again on the same data, where that is possible. */
  restart?(): Promise<void>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Null when the text is not JSON. */
  readonly json: Json;
}

/** Parsed JSON of any shape: what is in it is what the scenarios are about. */
// biome-ignore lint/suspicious/noExplicitAny: a scenario that expects another shape has to fail, not to be refused
export type Json = any;

export type IngestAnswer = ApiAnswer;

export interface SeenAlert {
  readonly kind: string;
  readonly at: string;
  readonly target: string;
  readonly detail: string;
}

export interface SendOptions {
  /** The provider's ids; without them they are made up. */
  readonly id?: string;
  readonly payment?: string;
  readonly refund?: string;
  readonly dispute?: string;
  /** Minor units. @default 1999 */
  readonly amountMinor?: number;
  /** @default EUR */
  readonly currency?: string;
  /** Epoch milliseconds. @default a minute ago */
  readonly occurredAt?: number;
  /** Changes the body before it is signed. */
  readonly edit?: (body: string) => string;
  readonly tamper?: "body" | "signature" | "timestamp" | "secret";
}
