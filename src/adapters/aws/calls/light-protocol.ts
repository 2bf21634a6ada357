import type { CallError } from "./call-error.ts";
import type { Answer } from "./light-http.ts";

/** How one service writes a call and its answer on the wire. */
export interface LightProtocol {
  request(
    operation: string,
    input: object,
  ): { readonly headers: Readonly<Record<string, string>>; readonly body: string };
  /** The output in the SDK's shape, without `$metadata`. Throws a `CallError` when the answer cannot be read. */
  output(operation: string, answer: Answer): object;
  error(answer: Answer): CallError;
}
