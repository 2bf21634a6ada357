import type { Provider } from "../domain/provider.ts";
import { adyen } from "./adyen.ts";
import { generic } from "./generic.ts";
import { paypal } from "./paypal.ts";
import { square } from "./square.ts";
import { standardWebhooks } from "./standard-webhooks.ts";
import { stripe } from "./stripe.ts";

/** Every provider that a source can name, by `provider:` in the configuration. */
export const providers: Readonly<Record<string, Provider>> = {
  stripe,
  paypal,
  square,
  adyen,
  generic,
  "standard-webhooks": standardWebhooks,
};
