import type { SourceConfig } from "../../../config/config.ts";
import { providers } from "../../../providers/index.ts";
import { samplers } from "../../../providers/samples/index.ts";
import type { Sampler } from "../../../providers/samples/sampler.ts";
import { type SampleDelivery, type SigningKey, signDelivery } from "../sample-delivery.ts";
import type { PlannedDelivery } from "./plan.ts";

/** Signs a delivery as its provider does now, or forges it in the planned way. */
export function signPlanned(
  { body, forgery }: PlannedDelivery,
  source: SourceConfig,
  key: SigningKey,
  now: number,
): SampleDelivery {
  const sampler = samplers[source.provider] as Sampler;
  if (forgery !== "signature_missing") {
    return signDelivery(sampler, source, body, { now, key, tamper: forgery ?? undefined });
  }
  const { headers } = signDelivery(sampler, source, body, { now, key, tamper: undefined });
  const signature = providers[source.provider]?.signatureHeaders ?? [];
  // A signature that is inside the body is missing from a body that was never sealed.
  return { headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !signature.includes(name))), body };
}
