import type { Delivery } from "../domain/provider.ts";

/**
 * The headers of a request as providers read them: names in lower case, a header that came more than once as an array.
 * Node's own `headers` drops or joins repetitions, which would hide a second signature.
 * The object has no prototype, so that a configured header name can never find anything that was not sent.
 */
export function deliveryHeaders(rawHeaders: readonly string[]): Delivery["headers"] {
  const headers: Record<string, string | string[] | undefined> = Object.create(null);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    const value = rawHeaders[i + 1] as string;
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else if (typeof known === "string") headers[name] = [known, value];
    else known.push(value);
  }
  return headers;
}
