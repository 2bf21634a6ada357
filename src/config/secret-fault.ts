import type { Provider } from "../domain/provider.ts";

/** Why this cannot be a secret of the provider: what is expected, never what was found. Null when it can be one. */
export function faultOfSecret({ secret }: Provider, value: string): string | null {
  if (secret?.pattern === undefined || secret.pattern.test(value)) return null;
  const hint = /^[srp]k_/.test(value) ? "; this one is an API key" : "";
  return `the secret behind the reference is not as expected: ${secret.describe}${hint}`;
}
