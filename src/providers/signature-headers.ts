import { textAt } from "../domain/json.ts";
import type { Provider } from "../domain/provider.ts";

/** The headers that carry the signature: the provider's, or those that the source's own scheme names. Lower case. */
export function signatureHeadersOf(source: {
  readonly provider: Provider;
  readonly settings: Readonly<Record<string, unknown>>;
}): readonly string[] {
  const { provider, settings } = source;
  const named = [textAt(settings, "hmac", "header"), textAt(settings, "hmac", "timestampHeader")];
  const own = named.flatMap((name) => (name === null ? [] : [name.toLowerCase()]));
  return own.length > 0 ? own : provider.signatureHeaders;
}
