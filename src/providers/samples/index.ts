import { adyenSampler } from "./adyen.ts";
import { genericSampler } from "./generic.ts";
import { paypalSampler } from "./paypal.ts";
import type { Sampler } from "./sampler.ts";
import { squareSampler } from "./square.ts";
import { standardWebhooksSampler } from "./standard-webhooks.ts";
import { stripeSampler } from "./stripe.ts";

/** The sample writer of every provider, by the provider's name. */
export const samplers: Readonly<Record<string, Sampler>> = {
  stripe: stripeSampler,
  paypal: paypalSampler,
  square: squareSampler,
  adyen: adyenSampler,
  generic: genericSampler,
  "standard-webhooks": standardWebhooksSampler,
};
