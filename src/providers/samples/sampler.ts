/** What `strongroom send`, `dev` and `demo` ask of a provider's sample writer. */
export interface SampleRequest {
  /** One of our types (`payment.succeeded`) or one of the provider's own. */
  readonly type: string;
  /** ISO 4217 minor units of `currency`: of the payment, or of this refund or dispute. */
  readonly amountMinor: bigint;
  /** ISO 4217, upper case. */
  readonly currency: string;
  /** Ids that are not given are random. The same request with every id given writes the same bytes. */
  readonly eventId?: string;
  readonly paymentId?: string;
  readonly refundId?: string;
  readonly disputeId?: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
}

export interface SigningContext {
  /** Null for a provider that signs without a shared secret. */
  readonly secret: string | null;
  /** The source's settings, as `verify` gets them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** PEM private key, for PayPal only. */
  readonly signingKey?: string;
  /** Where a receiver finds the certificate of `signingKey`. */
  readonly certUrl?: string;
}

/** Writes deliveries that look like the provider's and that its `verify` believes. All ids are made up. */
export interface Sampler {
  /** Every `type` that `body` can write. */
  readonly types: readonly string[];
  /** The body's exact text. A RangeError for a type it cannot write says which it can. */
  body(request: SampleRequest): string;
  /**
   * For a provider whose signature is inside the body: the body with it, the one to pass to `sign` and to send. A
   * RangeError for a body that is not laid out as the provider's.
   */
  seal?(body: Uint8Array, context: SigningContext): Uint8Array;
  /** The headers that make `body` authentic; names in lower case. */
  sign(body: Uint8Array, context: SigningContext): Record<string, string>;
}
