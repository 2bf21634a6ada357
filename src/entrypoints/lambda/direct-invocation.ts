import type { Source } from "../../domain/source.ts";
import { acknowledgement, answerTo, errorBody } from "../../http/answer.ts";
import type { Receive } from "../../pipeline/receive.ts";
import { answer, type GatewayAnswer } from "./gateway.ts";

/**
 * The plain transaction of a caller that invokes the function itself, without API Gateway and without a signature: IAM is
 * its authentication. Taken only where the configuration has a source of the generic provider with `lenient: true`; its
 * other rules are those of that source. Throws when there is no such source, so that the invocation fails.
 */
export async function takeDirectly(
  event: unknown,
  parts: { readonly sources: ReadonlyMap<string, Source>; readonly receive: Receive; readonly requestId: string },
): Promise<GatewayAnswer> {
  const source = [...parts.sources.values()].find(
    ({ provider, settings }) => provider.name === "generic" && settings.lenient === true,
  );
  if (source === undefined) {
    throw new Error("Only requests of API Gateway are taken: no generic source of the configuration is lenient.");
  }
  const outcome = await parts.receive(trusted(source), { headers: {}, body: Buffer.from(JSON.stringify(event)) });
  if (outcome.kind === "accepted") return answer(200, acknowledgement(outcome).body);
  const { status, code } = answerTo(outcome.reason);
  return answer(status, errorBody(code, parts.requestId));
}

function trusted(source: Source): Source {
  const provider = { ...source.provider, verify: () => ({ kind: "authentic", secretIndex: 0 }) as const };
  return { ...source, provider, secrets: () => [] };
}
