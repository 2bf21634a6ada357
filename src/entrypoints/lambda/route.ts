import type { Delivery } from "../../domain/provider.ts";
import type { Source } from "../../domain/source.ts";
import { signatureHeadersOf } from "../../providers/signature-headers.ts";
import type { GatewayEvent } from "./gateway.ts";

/**
 * The source that a request is for: named by the path (`/webhooks/{source}`, `/{source}`), or, on a path that names
 * none (`/webhooks`, `/webhook`), told by the headers that carry the signature. Null when there is none such.
 */
export function routeOf(
  event: Partial<Pick<GatewayEvent, "path" | "pathParameters">>,
  headers: Delivery["headers"],
  sources: ReadonlyMap<string, Source>,
): Source | null {
  const { source, provider, proxy } = event.pathParameters ?? {};
  const name = source ?? provider ?? proxy ?? event.path?.slice(event.path.lastIndexOf("/") + 1) ?? "";
  const named = sources.get(name);
  if (named !== undefined) return named;
  return NAMELESS.has(name) ? detect(headers, [...sources.values()]) : null;
}

const NAMELESS = new Set(["webhooks", "webhook"]);

/**
 * The source most of whose signature headers are there. Without any of them, the only source whose provider signs inside
 * the body, or the one called `generic`: it then judges that the signature is missing.
 */
function detect(headers: Delivery["headers"], sources: readonly Source[]): Source | null {
  const present = (source: Source) => signatureHeadersOf(source).filter((name) => headers[name] !== undefined).length;
  const [best] = sources.filter((source) => present(source) > 0).sort((a, b) => present(b) - present(a));
  if (best !== undefined) return best;
  const inBody = sources.filter((source) => signatureHeadersOf(source).length === 0);
  return (inBody.length === 1 ? inBody[0] : sources.find(({ name }) => name === "generic")) ?? null;
}
