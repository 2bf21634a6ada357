import { CHARGE, OTHER_STRIPE, PAYMENT_INTENT } from "./payload-dictionary-stripe.ts";

function compose(): string {
  return [
    OTHER_TYPES.join('",\n  "type": "'),
    ...OTHER_STRIPE.map((object) => stripe(object, "charge.succeeded")),
    generic(),
    ADYEN,
    SQUARE,
    ...PAYPAL,
    ...HEADERS,
    stripe(CHARGE, "charge.succeeded"),
    stripe(PAYMENT_INTENT, "payment_intent.succeeded"),
    '{"content-type":"application/json; charset=utf-8","user-agent":"Stripe/1.0 (+https://stripe.com/docs/webhooks)"}\n',
  ].join("");
}

/** Stripe indents by two spaces and sorts names. */
function stripe(object: object, type: string): string {
  const event = {
    id: "evt_",
    object: "event",
    api_version: "2025-",
    created: 17,
    data: { object },
    livemode: true,
    pending_webhooks: 1,
    request: { id: "req_", idempotency_key: "" },
    type,
  };
  return JSON.stringify(event, null, 2);
}

const OTHER_TYPES = [
  "checkout.session.completed",
  "charge.dispute.created",
  "charge.dispute.closed",
  "invoice.paid",
  "refund.created",
  "charge.refund.updated",
  "charge.refunded",
  "charge.failed",
  "payment_intent.canceled",
  "payment_intent.processing",
  "payment_intent.payment_failed",
  "payment_intent.requires_action",
  "payment_intent.created",
];

function generic(): string {
  const transaction = {
    transactionId: "txn_",
    amount: 99.99,
    currency: "USD",
    status: "completed",
    type: "payment.succeeded",
    timestamp: "2026-01-01T00:00:00Z",
    metadata: { orderId: "order_", customerId: "customer_", email: "" },
  };
  return JSON.stringify(transaction) + JSON.stringify(transaction, null, 2);
}

const ADYEN = JSON.stringify({
  live: "true",
  notificationItems: [
    {
      NotificationRequestItem: {
        additionalData: {
          expiryDate: "03/2030",
          cardHolderName: "",
          cardSummary: "",
          authCode: "",
          shopperReference: "",
          "recurring.recurringDetailReference": "",
          paymentMethodVariant: "visa",
          issuerCountry: "NL",
          cardBin: "",
          shopperInteraction: "Ecommerce",
          fraudResultType: "GREEN",
          "checkout.cardAddedBrand": "visa",
          threeDAuthenticated: "true",
          threeDOffered: "true",
          cvcResult: "1 Matches",
          avsResult: "0 Unknown",
          hmacSignature: "",
        },
        amount: { currency: "EUR", value: 1000 },
        eventCode: "AUTHORISATION",
        eventDate: "2026-01-01T00:00:00+01:00",
        merchantAccountCode: "",
        merchantReference: "",
        operations: ["CANCEL", "CAPTURE", "REFUND"],
        originalReference: "",
        paymentMethod: "visa",
        pspReference: "",
        reason: "",
        success: "true",
      },
    },
  ],
});

const SQUARE = JSON.stringify({
  merchant_id: "",
  location_id: "",
  type: "payment.updated",
  event_id: "",
  created_at: "2026-01-01T00:00:00.000Z",
  data: {
    type: "payment",
    id: "",
    object: {
      payment: {
        amount_money: { amount: 1000, currency: "USD" },
        application_details: { application_id: "sq0idp-", square_product: "ECOMMERCE_API" },
        approved_money: { amount: 1000, currency: "USD" },
        capabilities: ["EDIT_TIP_AMOUNT", "EDIT_TIP_AMOUNT_UP", "EDIT_TIP_AMOUNT_DOWN"],
        card_details: {
          auth_result_code: "",
          avs_status: "AVS_ACCEPTED",
          card: {
            bin: "",
            card_brand: "VISA",
            card_type: "CREDIT",
            exp_month: 1,
            exp_year: 2030,
            fingerprint: "sq-1-",
            last_4: "",
            prepaid_type: "NOT_PREPAID",
          },
          card_payment_timeline: { authorized_at: "2026-01-01T00:00:00.000Z", captured_at: "2026-01-01T00:00:00.000Z" },
          cvv_status: "CVV_ACCEPTED",
          entry_method: "KEYED",
          statement_description: "SQ *",
          status: "CAPTURED",
        },
        created_at: "2026-01-01T00:00:00.000Z",
        delay_action: "CANCEL",
        delay_duration: "PT168H",
        delayed_until: "2026-01-01T00:00:00.000Z",
        id: "",
        location_id: "",
        order_id: "",
        processing_fee: [
          { amount_money: { amount: 10, currency: "USD" }, effective_at: "2026-01-01T00:00:00.000Z", type: "INITIAL" },
        ],
        receipt_number: "",
        receipt_url: "https://squareup.com/receipt/preview/",
        refunded_money: { amount: 1000, currency: "USD" },
        risk_evaluation: { created_at: "2026-01-01T00:00:00.000Z", risk_level: "NORMAL" },
        source_type: "CARD",
        status: "COMPLETED",
        total_money: { amount: 1000, currency: "USD" },
        updated_at: "2026-01-01T00:00:00.000Z",
        version: 1,
      },
    },
  },
});

const MONEY = { value: "10.00", currency_code: "USD" };
const TIME = "2026-01-01T00:00:00Z";

const PAYPAL = [
  JSON.stringify({
    resource_type: "checkout-order",
    event_type: "CHECKOUT.ORDER.APPROVED",
    summary: "An order has been approved by buyer",
    resource: {
      purchase_units: [
        {
          reference_id: "default",
          amount: { ...MONEY, breakdown: { item_total: MONEY, shipping: MONEY, tax_total: MONEY } },
          payee: { email_address: "", merchant_id: "" },
          description: "",
          items: [{ name: "", unit_amount: MONEY, quantity: "1" }],
          shipping: {
            name: { full_name: "" },
            address: { address_line_1: "", admin_area_2: "", admin_area_1: "", postal_code: "", country_code: "US" },
          },
        },
      ],
      payment_source: { paypal: { email_address: "", account_id: "", account_status: "VERIFIED" } },
      payer: {
        name: { given_name: "", surname: "" },
        email_address: "",
        payer_id: "",
        address: { country_code: "US" },
      },
      intent: "CAPTURE",
      status: "APPROVED",
    },
  }),
  JSON.stringify({ reason_code: "REFUND", status_details: { reason: "PENDING_REVIEW" }, note_to_payer: "", payer: {} }),
  JSON.stringify({
    id: "WH-",
    event_version: "1.0",
    create_time: "2026-01-01T00:00:00.000Z",
    resource_type: "capture",
    resource_version: "2.0",
    event_type: "PAYMENT.CAPTURE.COMPLETED",
    summary: "Payment completed for $ 10.00 USD",
    resource: {
      payee: { email_address: "", merchant_id: "" },
      amount: MONEY,
      seller_protection: {
        status: "ELIGIBLE",
        dispute_categories: ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
      },
      supplementary_data: { related_ids: { order_id: "", authorization_id: "" } },
      update_time: TIME,
      create_time: TIME,
      final_capture: true,
      seller_receivable_breakdown: { gross_amount: MONEY, paypal_fee: MONEY, net_amount: MONEY },
      custom_id: "",
      invoice_id: "",
      links: [
        { method: "GET", rel: "self", href: "https://api.paypal.com/v2/payments/captures/" },
        { method: "POST", rel: "refund", href: "https://api.paypal.com/v2/payments/captures//refund" },
        { method: "GET", rel: "up", href: "https://api.paypal.com/v2/checkout/orders/" },
        { method: "GET", rel: "up", href: "https://api.paypal.com/v2/payments/authorizations/" },
      ],
      id: "",
      status: "COMPLETED",
    },
    links: [
      { href: "https://api.paypal.com/v1/notifications/webhooks-events/WH-", rel: "self", method: "GET" },
      { href: "https://api.paypal.com/v1/notifications/webhooks-events/WH-/resend", rel: "resend", method: "POST" },
    ],
  }),
];

const HEADERS = [
  '{"content-type":"application/json; charset=utf-8","user-agent":"Adyen HttpClient 1.0"}\n{"live":"true',
  '{"content-type":"application/json","user-agent":"Square Connect v2"}\n{"merchant_id":"',
  '{"content-type":"application/json","user-agent":"PayPal/AUHD-"}\n{"id":"WH-',
];

/**
 * What webhook bodies of payments have in common: names in the order in which providers write them, and values that are
 * the same for most payments. Our own composition; what is nearest to the end costs the fewest bits. An item that was
 * written with it can only be read with it, so it never changes: another one is another `PayloadEncoding`.
 */
export const DICTIONARY: Uint8Array = Buffer.from(compose());
