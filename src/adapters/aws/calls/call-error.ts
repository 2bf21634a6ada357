/**
 * A call that failed. `name` is the service's error code as the SDK names it, or for a call without an answer:
 * `TimeoutError` (too slow, refused or broken off), `NetworkError` (no way to the host), `ConnectionError` (anything
 * else about the connection, such as a certificate), `UnreadableAnswer`, `AnswerTooLarge`.
 */
export class CallError extends Error {
  override readonly name: string;
  /** The HTTP status; absent without an answer. */
  readonly status: number | undefined;
  /** The service's clock: the `Date` of its answer. */
  readonly serverTime: string | undefined;

  /** Of the message only the first line is kept: what follows can quote the signed request, session token included. */
  constructor(name: string, message: string, answer?: { readonly status: number; readonly date: string | undefined }) {
    super(message.split("\n", 1)[0]);
    this.name = name;
    this.status = answer?.status;
    this.serverTime = answer?.date;
  }
}
