import { hash } from "node:crypto";
import { environmentCredentials } from "../../adapters/aws/calls/environment-credentials.ts";
import { type LightServices, openLightCalls } from "../../adapters/aws/calls/light-calls.ts";
import { openEventItems } from "../../adapters/aws/dynamodb/event-items.ts";
import { optional, required } from "../../adapters/aws/environment.ts";
import { openEventStore } from "../../adapters/aws/event-store.ts";
import { openSecretCache } from "../../adapters/aws/secrets/secret-cache.ts";
import { openQueueSender } from "../../adapters/aws/sqs/queue-sender.ts";
import { openCertificateSource } from "../../adapters/embedded/certificates/certificate-source.ts";
import type { FunctionConfig } from "../../config/function-config.ts";
import { openFunctionSources } from "../../config/function-sources.ts";
import { loadFunctionConfig } from "../../config/load-function-config.ts";
import type { Source } from "../../domain/source.ts";
import { answerTo, errorBody } from "../../http/answer.ts";
import { openReceive } from "../../pipeline/receive.ts";
import { redact } from "../../pipeline/redact.ts";
import { takeDirectly } from "./direct-invocation.ts";
import { eventsKeyOf } from "./events-key.ts";
import { type Environment, type FunctionBase, openFunction, regionOf, trace } from "./function.ts";
import { answer, type GatewayAnswer, isGatewayEvent, requestIdOf } from "./gateway.ts";
import { takeRequest } from "./receiver-app.ts";

/** Verifies a delivery, stores it, sends it to the queue, and only then answers 200. */
export const handler = openFunction({
  load: (env) => loadFunctionConfig({ env, cwd: process.cwd() }),
  sns: (env) => light("sns", env),
  open,
  // The provider comes again; by then the configuration or its secrets may be right.
  closed: (event: unknown): GatewayAnswer => {
    const { status, code, retryAfter } = answerTo("store_unavailable");
    const requestId = isGatewayEvent(event) ? requestIdOf(event) : "unknown";
    return answer(status, errorBody(code, requestId), { "Retry-After": String(retryAfter) });
  },
});

function open(config: FunctionConfig, base: FunctionBase) {
  const { env, log, metrics, alerts, clock } = base;
  const items = openEventItems({
    dynamo: light("dynamodb", env),
    table: required(env, "eventsTable"),
    key: eventsKeyOf(env),
    clock,
    retentionMs: config.store.retention.eventsMs,
  });
  const sender = openQueueSender({ sqs: light("sqs", env), queueUrl: required(env, "queueUrl"), trace });
  const sources = openFunctionSources(config, {
    env,
    secretsPrefix: optional(env, "secretsPrefix"),
    // The process's own clock stands still while Lambda has it frozen, and a secret would seem fresh for ever.
    store: openSecretCache({ secretsManager: light("secretsmanager", env), clock: { monotonic: clock.now }, log }),
    warn: (source, message) => log.warn({ source }, message),
  });
  const { ingest } = config.server;
  const receive = openReceive({
    events: openEventStore({ items, sender }),
    // The queue has no end.
    backlog: () => 0,
    alerts,
    metrics,
    clock,
    certificate: certificates(),
    sha256: (bytes) => hash("sha256", bytes, "hex"),
    redact: config.redaction.enabled ? redact : (body) => ({ payload: body, redacted: false }),
    limits: () => ingest,
  });
  const parts = { sources, receive, maxBodyBytes: ingest.maxBodyBytes, metrics, clock, log };
  return (event: unknown, requestId: string): Promise<GatewayAnswer> =>
    isGatewayEvent(event) ? takeRequest(event, parts) : takeDirectly(event, { sources, receive, requestId });
}

// Three tries of this length for the table and as many for the queue end before the function's 10 s: the answer is ours.
const TRY_MS = 1_400;

function light<Service extends keyof LightServices>(service: Service, env: Environment): LightServices[Service] {
  return openLightCalls({
    service,
    region: regionOf(env),
    // Lambda may renew the credentials of a running environment, so they are read from the process and not from `env`.
    credentials: environmentCredentials(process.env),
    env,
    limits: { requestMs: TRY_MS },
  });
}

/** PayPal's certificates: those that were deployed beside the configuration, else fetched once per environment. */
function certificates() {
  const byFolder = new Map<string | null, (url: string) => Promise<string | null>>();
  return (source: Source, url: string): Promise<string | null> => {
    const { certs } = source.settings as { readonly certs?: { readonly dir?: string } };
    const dir = certs?.dir ?? null;
    const find = byFolder.get(dir) ?? openCertificateSource({ dir, now: Date.now });
    byFolder.set(dir, find);
    return find(url);
  };
}
