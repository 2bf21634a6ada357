// Signed Stripe-like deliveries, each with ids of its own, as raw HTTP requests ready to be written to a socket.
import { createHmac, randomBytes } from "node:crypto";

export const SECRET = "whsec_benchmark_only_0123456789abcdef";

/** `count` requests of about 2 KB of body, spread over `payments` payments. */
export function stripeRequests(count, payments, path) {
  const run = randomBytes(6).toString("hex");
  const t = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, (_, n) => {
    const body = bodyOf(`evt_${randomBytes(12).toString("hex")}`, `pi_${run}${n % payments}`, t);
    const signature = createHmac("sha256", SECRET).update(`${t}.${body}`).digest("hex");
    return Buffer.from(
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json; charset=utf-8\r\n` +
        `user-agent: Stripe/1.0\r\nstripe-signature: t=${t},v1=${signature}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}

function bodyOf(id, payment, created) {
  return JSON.stringify(
    {
      id,
      object: "event",
      api_version: "2025-06-30.basil",
      created,
      data: {
        object: {
          id: payment,
          object: "payment_intent",
          amount: 1999,
          amount_capturable: 0,
          amount_details: { tip: {} },
          amount_received: 1999,
          application: null,
          application_fee_amount: null,
          automatic_payment_methods: { allow_redirects: "always", enabled: true },
          canceled_at: null,
          cancellation_reason: null,
          capture_method: "automatic_async",
          client_secret: `${payment}_secret_made_up`,
          confirmation_method: "automatic",
          created: created - 3,
          currency: "eur",
          customer: "cus_made_up_for_the_benchmark",
          description: "Order 1042 of the example shop",
          last_payment_error: null,
          latest_charge: `ch_${payment.slice(3)}`,
          livemode: false,
          metadata: { order_id: "1042", basket: "two books and a lamp" },
          next_action: null,
          on_behalf_of: null,
          payment_method: "pm_made_up_for_the_benchmark",
          payment_method_options: { card: { installments: null, network: null, request_three_d_secure: "automatic" } },
          payment_method_types: ["card", "link"],
          processing: null,
          receipt_email: "buyer@shop.example",
          setup_future_usage: null,
          shipping: {
            address: { city: "Berlin", country: "DE", line1: "Example Street 1", postal_code: "10115" },
            name: "A. Buyer",
          },
          status: "succeeded",
          transfer_data: null,
          transfer_group: null,
        },
      },
      livemode: false,
      pending_webhooks: 1,
      request: { id: "req_made_up", idempotency_key: "5f1d7a9e-6d7b-4a57-9a5e-2f6f0a8f6b11" },
      type: "payment_intent.succeeded",
    },
    null,
    2,
  );
}
