import type { Provider } from "../domain/provider.ts";
import type { FunctionSource } from "./function-config.ts";
import { isMissing, type ReferenceContext } from "./interpolate.ts";
import type { Problems } from "./problems.ts";
import { parseReference } from "./reference.ts";
import { resolveSecret } from "./resolve-secret.ts";
import { faultOfSecret } from "./secret-fault.ts";

/** Where a source's secret is, for a function on AWS. */
export type SecretPlace =
  | { readonly kind: "value"; readonly value: string; readonly notAfter: number | null }
  /** In AWS Secrets Manager, under the first of these ids that it knows. */
  | {
      readonly kind: "kept";
      readonly ids: readonly string[];
      readonly key: string | null;
      readonly optional: boolean;
      readonly notAfter: number | null;
    };

export interface PlacingContext extends ReferenceContext {
  readonly prefix: string | null;
  readonly problems: Problems;
}

/**
 * Where the secret with this index is. With a prefix, a variable or file that the function does not have stands for the
 * secret `{prefix}{source}`, so that one configuration file serves both places. Null when it had a problem.
 */
export function placeOfSecret(
  source: FunctionSource,
  index: number,
  provider: Provider,
  context: PlacingContext,
): SecretPlace | "unset" | null {
  const { ref = "", notAfter = null } = source.secrets[index] ?? {};
  const { prefix, problems } = context;
  const reference = parseReference(ref);
  if (reference?.kind === "aws-sm") {
    const { id, key, optional } = reference;
    return { kind: "kept", ids: idsOf(id, prefix), key, optional, notAfter };
  }
  if (reference !== null && !reference.optional && prefix !== null && isMissing(reference, context)) {
    return { kind: "kept", ids: [join(prefix, source.name)], key: null, optional: false, notAfter };
  }
  const path = ["sources", source.name, "secrets", index];
  const secret = resolveSecret(ref, path, context, problems);
  if (secret === null) return null;
  if (secret.kind === "absent") return "unset";
  const fault = faultOfSecret(provider, secret.value);
  if (fault !== null) problems.add(path, fault);
  return { kind: "value", value: secret.value, notAfter };
}

/** A name in the file stands first for one of the deployment's own secrets. */
function idsOf(id: string, prefix: string | null): readonly string[] {
  if (prefix === null || id.startsWith("arn:") || id.startsWith(prefix)) return [id];
  return [join(prefix, id), id];
}

function join(prefix: string, name: string): string {
  return /[/:-]$/.test(prefix) ? `${prefix}${name}` : `${prefix}/${name}`;
}
