import type {
  APIGatewayAuthorizerResult,
  APIGatewayRequestAuthorizerEvent,
  APIGatewayTokenAuthorizerEvent,
} from "aws-lambda";
import type { FunctionConfig } from "../../config/function-config.ts";
import { loadFunctionConfig } from "../../config/load-function-config.ts";
import type { Source } from "../../domain/source.ts";
import { providers } from "../../providers/index.ts";
import { looksLikeToken, looksSigned, policy } from "./authorize.ts";
import { type FunctionBase, openFunction } from "./function.ts";
import { headersOf } from "./gateway.ts";
import { routeOf } from "./route.ts";

/**
 * A cheap look before the receiver runs. It can turn away what could never be authentic; the receiver verifies the rest.
 *
 * - REQUEST: the signature headers of the path's source have to be there and well-formed. 401 without them.
 * - TOKEN: there has to be a token. For senders of the generic provider that can set `Authorization`. 403 without one.
 */
export const handler = openFunction({
  load: (env) => loadFunctionConfig({ env, cwd: process.cwd() }),
  sns: null,
  open,
});

function open(config: FunctionConfig, { clock }: FunctionBase) {
  const sources = new Map(Object.values(config.sources).map((source) => [source.name, sourceOf(source)]));

  return async (
    event: APIGatewayRequestAuthorizerEvent | APIGatewayTokenAuthorizerEvent,
  ): Promise<APIGatewayAuthorizerResult> => {
    if (event.type === "TOKEN") {
      return policy(looksLikeToken(event.authorizationToken) ? "Allow" : "Deny", event.methodArn);
    }
    const { headers: single, multiValueHeaders } = event;
    const headers = headersOf({ headers: single ?? {}, multiValueHeaders: multiValueHeaders ?? {} });
    const source = routeOf(event, headers, sources);
    if (source === null) return policy("Deny", event.methodArn);
    // API Gateway answers 401 to this word and to no other.
    if (!(await looksSigned(source, headers, clock.now()))) throw new Error("Unauthorized");
    return policy("Allow", event.methodArn);
  };
}

/** It verifies nothing, so it needs no secrets and gets none. */
function sourceOf({ name, provider, settings }: FunctionConfig["sources"][string]): Source {
  const found = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  if (found === undefined) throw new Error(`source ${name}: there is no provider ${provider}`);
  return { name, provider: found, settings, secrets: () => [] };
}
