import { kindOf, type NormalisedEvent, type PaymentEvent } from "../../../src/domain/payment-event.ts";
import type { StorableDelivery } from "../../../src/ports/event-store.ts";
import { delivery } from "../../support/payment-events.ts";
import { BASE62, DIGITS, HEX, type Ids, randomIds, UPPER, uuid } from "./random-ids.ts";

/** One delivery as a provider writes it, with ids as random as a provider's, and the event that it bears. */
export interface RealisticDelivery {
  readonly event: PaymentEvent;
  readonly delivery: StorableDelivery;
}

export function realisticDeliveries(seed: number): Readonly<Record<string, RealisticDelivery>> {
  const ids = randomIds(seed);
  return { stripe: stripe(ids), paypal: paypal(ids), square: square(ids), adyen: adyen(ids) };
}

function stripe(ids: Ids): RealisticDelivery {
  const account = ids.take(BASE62, 14);
  const stripeId = (prefix: string) => `${prefix}_3${ids.take(BASE62, 5)}${account.slice(0, 9)}${ids.take(BASE62, 9)}`;
  const [eventId, payment, charge] = [stripeId("evt"), stripeId("pi"), stripeId("ch")];
  const body = {
    id: eventId,
    object: "event",
    api_version: "2024-06-20",
    created: 1767323047,
    data: {
      object: {
        id: payment,
        object: "payment_intent",
        amount: 12950,
        amount_capturable: 0,
        amount_details: { tip: {} },
        amount_received: 12950,
        application: null,
        application_fee_amount: null,
        automatic_payment_methods: { allow_redirects: "always", enabled: true },
        canceled_at: null,
        cancellation_reason: null,
        capture_method: "automatic",
        client_secret: `${payment}_secret_${ids.take(BASE62, 25)}`,
        confirmation_method: "automatic",
        created: 1767323031,
        currency: "eur",
        customer: `cus_${ids.take(BASE62, 14)}`,
        description: "Order 2026-004711 at the harbour shop",
        invoice: null,
        last_payment_error: null,
        latest_charge: charge,
        livemode: true,
        metadata: { order_id: "2026-004711", cart: ids.take(HEX, 12), channel: "web" },
        next_action: null,
        on_behalf_of: null,
        payment_method: `pm_1${ids.take(BASE62, 5)}${account.slice(0, 9)}${ids.take(BASE62, 9)}`,
        payment_method_configuration_details: { id: `pmc_1${ids.take(BASE62, 23)}`, parent: null },
        payment_method_options: {
          bancontact: { preferred_language: "en" },
          card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" },
          ideal: {},
          link: { persistent_token: null },
        },
        payment_method_types: ["card", "bancontact", "ideal", "link"],
        processing: null,
        receipt_email: "m.petersen@example.org",
        review: null,
        setup_future_usage: null,
        shipping: null,
        source: null,
        statement_descriptor: null,
        statement_descriptor_suffix: null,
        status: "succeeded",
        transfer_data: null,
        transfer_group: null,
      },
    },
    livemode: true,
    pending_webhooks: 2,
    request: { id: `req_${ids.take(BASE62, 14)}`, idempotency_key: uuid(ids) },
    type: "payment_intent.succeeded",
  };
  return made(
    "stripe",
    {
      providerEventId: eventId,
      providerType: body.type,
      type: "payment.succeeded",
      paymentId: payment,
      occurredAt: "2026-01-02T03:04:07.000Z",
      amountMinor: "12950",
      currency: "EUR",
    },
    JSON.stringify(body, null, 2),
    {
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    },
  );
}

function paypal(ids: Ids): RealisticDelivery {
  const eventId = `WH-${ids.take(UPPER, 17)}-${ids.take(UPPER, 17)}`;
  const [capture, order] = [ids.take(UPPER, 17), ids.take(UPPER, 17)];
  const api = "https://api.paypal.com";
  const money = (value: string) => ({ value, currency_code: "EUR" });
  const body = {
    id: eventId,
    event_version: "1.0",
    create_time: "2026-01-02T03:04:07.416Z",
    resource_type: "capture",
    resource_version: "2.0",
    event_type: "PAYMENT.CAPTURE.COMPLETED",
    summary: "Payment completed for EUR 129.5 EUR",
    resource: {
      payee: { email_address: "billing@harbour-shop.example", merchant_id: ids.take(UPPER, 13) },
      amount: money("129.50"),
      seller_protection: {
        dispute_categories: ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
        status: "ELIGIBLE",
      },
      supplementary_data: { related_ids: { order_id: order } },
      update_time: "2026-01-02T03:04:03Z",
      create_time: "2026-01-02T03:04:03Z",
      final_capture: true,
      seller_receivable_breakdown: {
        paypal_fee: money("4.87"),
        gross_amount: money("129.50"),
        net_amount: money("124.63"),
      },
      invoice_id: "2026-004711",
      links: [
        { method: "GET", rel: "self", href: `${api}/v2/payments/captures/${capture}` },
        { method: "POST", rel: "refund", href: `${api}/v2/payments/captures/${capture}/refund` },
        { method: "GET", rel: "up", href: `${api}/v2/checkout/orders/${order}` },
      ],
      id: capture,
      status: "COMPLETED",
    },
    links: [
      { href: `${api}/v1/notifications/webhooks-events/${eventId}`, rel: "self", method: "GET" },
      { href: `${api}/v1/notifications/webhooks-events/${eventId}/resend`, rel: "resend", method: "POST" },
    ],
  };
  return made(
    "paypal",
    {
      providerEventId: eventId,
      providerType: body.event_type,
      type: "payment.succeeded",
      paymentId: order,
      occurredAt: "2026-01-02T03:04:07.416Z",
      amountMinor: "12950",
      currency: "EUR",
    },
    JSON.stringify(body),
    { "content-type": "application/json", "user-agent": "PayPal/AUHD-214.0-58843070" },
  );
}

function square(ids: Ids): RealisticDelivery {
  const [eventId, payment] = [uuid(ids), `${ids.take(BASE62, 27)}YZ`];
  const location = ids.take(UPPER, 13);
  const money = { amount: 12950, currency: "USD" };
  const body = {
    merchant_id: ids.take(UPPER, 13),
    type: "payment.updated",
    event_id: eventId,
    created_at: "2026-01-02T03:04:07.416Z",
    data: {
      type: "payment",
      id: payment,
      object: {
        payment: {
          amount_money: money,
          application_details: { application_id: `sq0idp-${ids.take(BASE62, 22)}`, square_product: "ECOMMERCE_API" },
          approved_money: money,
          capabilities: ["EDIT_AMOUNT_UP", "EDIT_AMOUNT_DOWN", "EDIT_TIP_AMOUNT_UP", "EDIT_TIP_AMOUNT_DOWN"],
          card_details: {
            avs_status: "AVS_ACCEPTED",
            card: {
              bin: "411111",
              card_brand: "VISA",
              card_type: "DEBIT",
              exp_month: 11,
              exp_year: 2029,
              fingerprint: `sq-1-${ids.take(BASE62, 58)}`,
              last_4: "1111",
              prepaid_type: "NOT_PREPAID",
            },
            card_payment_timeline: {
              authorized_at: "2026-01-02T03:04:05.284Z",
              captured_at: "2026-01-02T03:04:05.512Z",
            },
            cvv_status: "CVV_ACCEPTED",
            entry_method: "KEYED",
            statement_description: "SQ *HARBOUR SHOP",
            status: "CAPTURED",
          },
          created_at: "2026-01-02T03:04:05.112Z",
          delay_action: "CANCEL",
          delay_duration: "PT168H",
          delayed_until: "2026-01-09T03:04:05.112Z",
          id: payment,
          location_id: location,
          order_id: `${ids.take(BASE62, 27)}YZ`,
          receipt_number: payment.slice(0, 4),
          receipt_url: `https://squareup.com/receipt/preview/${payment}`,
          risk_evaluation: { created_at: "2026-01-02T03:04:05.412Z", risk_level: "NORMAL" },
          source_type: "CARD",
          status: "COMPLETED",
          total_money: money,
          updated_at: "2026-01-02T03:04:06.002Z",
          version_token: ids.take(BASE62, 44),
        },
      },
    },
  };
  return made(
    "square",
    {
      providerEventId: eventId,
      providerType: body.type,
      type: "payment.succeeded",
      paymentId: payment,
      occurredAt: "2026-01-02T03:04:06.002Z",
      amountMinor: "12950",
      currency: "USD",
    },
    JSON.stringify(body),
    { "content-type": "application/json", "user-agent": "Square Connect v2" },
  );
}

function adyen(ids: Ids): RealisticDelivery {
  const reference = ids.take(UPPER, 16);
  const body = {
    live: "true",
    notificationItems: [
      {
        NotificationRequestItem: {
          additionalData: {
            expiryDate: "11/2029",
            authCode: ids.take(DIGITS, 6),
            cardSummary: "1111",
            cardHolderName: "M Petersen",
            shopperReference: `customer-${ids.take(HEX, 12)}`,
            issuerCountry: "DE",
            paymentMethodVariant: "visa",
            fraudResultType: "GREEN",
            threeDAuthenticated: "true",
            hmacSignature: `${ids.take(`${BASE62}+/`, 43)}=`,
          },
          amount: { currency: "EUR", value: 12950 },
          eventCode: "AUTHORISATION",
          eventDate: "2026-01-02T04:04:07+01:00",
          merchantAccountCode: "HarbourShopECOM",
          merchantReference: "2026-004711",
          operations: ["CANCEL", "CAPTURE", "REFUND"],
          paymentMethod: "visa",
          pspReference: reference,
          reason: `${ids.take(DIGITS, 6)}:1111:11/2029`,
          success: "true",
        },
      },
    ],
  };
  return made(
    "adyen",
    {
      providerEventId: `${reference}:AUTHORISATION:true`,
      providerType: "AUTHORISATION",
      type: "payment.authorized",
      paymentId: reference,
      occurredAt: "2026-01-02T03:04:07.000Z",
      amountMinor: "12950",
      currency: "EUR",
    },
    JSON.stringify(body),
    { "content-type": "application/json; charset=utf-8", "user-agent": "Adyen HttpClient 1.0" },
  );
}

function made(
  source: string,
  { paymentId, ...normalised }: NormalisedEvent,
  body: string,
  headers: Readonly<Record<string, string>>,
): RealisticDelivery {
  const event: PaymentEvent = {
    ...normalised,
    eventId: `${source}:${normalised.providerEventId}`,
    source,
    provider: source,
    kind: kindOf(normalised.type),
    transactionId: `${source}:${paymentId}`,
    receivedAt: "2026-01-02T03:04:09.123Z",
  };
  return { event, delivery: delivery(event, { payload: Buffer.from(body), headers }) };
}
