import type { SourceConfig } from "../../../src/config/config.ts";
import { signDelivery } from "../../../src/entrypoints/cli/sample-delivery.ts";
import { samplers } from "../../../src/providers/samples/index.ts";
import type { Sampler } from "../../../src/providers/samples/sampler.ts";
import type { Deployment, IngestAnswer, SendOptions } from "./deployment.ts";

/** A source as the other side knows it. */
export interface TestSource {
  readonly provider: string;
  readonly secret: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signingKey?: string;
  readonly certUrl?: string;
}

/** The part of a deployment that posts deliveries. `ingestUrl` is asked at each of them. */
export function createSender(
  ingestUrl: () => string,
  sources: Readonly<Record<string, TestSource>>,
): Pick<Deployment, "send" | "post" | "sign"> {
  const post: Deployment["post"] = (source, headers, body) =>
    postTo(`${ingestUrl()}/webhooks/${source}`, headers, body);
  return {
    post,
    send(source, type, options = {}) {
      const { headers, body } = signed(source, Buffer.from(bodyOf(source, type, options)), options.tamper);
      return post(source, headers, body);
    },
    sign: (source, body) => signed(source, Buffer.from(body), undefined).headers,
  };

  function bodyOf(source: string, type: string, options: SendOptions): string {
    const body = samplerOf(source).body({
      type,
      amountMinor: BigInt(options.amountMinor ?? 1999),
      currency: options.currency ?? "EUR",
      occurredAt: options.occurredAt ?? Date.now() - 60_000,
      ...(options.id === undefined ? {} : { eventId: options.id }),
      ...(options.payment === undefined ? {} : { paymentId: options.payment }),
      ...(options.refund === undefined ? {} : { refundId: options.refund }),
      ...(options.dispute === undefined ? {} : { disputeId: options.dispute }),
    });
    return options.edit?.(body) ?? body;
  }

  function signed(source: string, body: Buffer, tamper: SendOptions["tamper"]) {
    const known = sourceOf(source);
    const { provider, secret, settings, signingKey, certUrl } = known;
    const secrets = secret === null ? [] : [{ ref: "", value: secret, notAfter: null }];
    const config: SourceConfig = { name: source, provider, secrets, settings };
    const key = signingKey === undefined || certUrl === undefined ? {} : { signingKey, certUrl };
    return signDelivery(samplerOf(source), config, body, { now: Date.now(), key, tamper });
  }

  function samplerOf(source: string): Sampler {
    return samplers[sourceOf(source).provider] as Sampler;
  }

  function sourceOf(source: string): TestSource {
    const known = sources[source];
    if (known === undefined) throw new Error(`the scenario's deployment has no source ${source}`);
    return known;
  }
}

async function postTo(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): Promise<IngestAnswer> {
  return readAnswer(await fetch(url, { method: "POST", headers, body: Buffer.from(body) }));
}

/** An answer with its text, and what the text says when it is JSON. */
export async function readAnswer(response: Response): Promise<IngestAnswer> {
  const text = await response.text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Not every answer is.
  }
  return { status: response.status, headers: response.headers, text, json };
}
