/** The ids and facts that every object of one sample agrees on. */
export interface StripeFacts {
  readonly intent: string;
  readonly charge: string;
  readonly refund: string;
  readonly dispute: string;
  /** An id that nobody asks about (`pm_…`), the same in every sample of one payment. */
  readonly other: (prefix: string) => string;
  /** In Stripe's smallest unit of the currency. */
  readonly amount: number;
  /** Lower case. */
  readonly currency: string;
  /** Unix seconds. */
  readonly created: number;
}

type Fields = Readonly<Record<string, unknown>>;

export function paymentIntent(facts: StripeFacts, state: Fields): Fields {
  return {
    id: facts.intent,
    object: "payment_intent",
    amount: facts.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: { allow_redirects: "always", enabled: true },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: `${facts.intent}_secret_${facts.other("").slice(0, 25)}`,
    confirmation_method: "automatic",
    created: facts.created,
    currency: facts.currency,
    customer: facts.other("cus_").slice(0, 18),
    description: "Order 10042",
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: facts.charge,
    livemode: false,
    metadata: { order_id: "10042" },
    next_action: null,
    on_behalf_of: null,
    payment_method: facts.other("pm_"),
    payment_method_configuration_details: { id: facts.other("pmc_"), parent: null },
    payment_method_options: {
      card: {
        installments: null,
        mandate_options: null,
        network: null,
        request_three_d_secure: "automatic",
      },
    },
    payment_method_types: ["card"],
    processing: null,
    receipt_email: "customer@example.com",
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    transfer_data: null,
    transfer_group: null,
    ...state,
  };
}

export function charge(facts: StripeFacts, state: Fields): Fields {
  return {
    id: facts.charge,
    object: "charge",
    amount: facts.amount,
    amount_captured: facts.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: facts.other("txn_"),
    billing_details: {
      address: { city: null, country: "DE", line1: null, line2: null, postal_code: "10115", state: null },
      email: "customer@example.com",
      name: "Ada Example",
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: "EXAMPLE SHOP",
    captured: true,
    created: facts.created,
    currency: facts.currency,
    customer: facts.other("cus_").slice(0, 18),
    description: "Order 10042",
    destination: null,
    dispute: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: { order_id: "10042" },
    on_behalf_of: null,
    outcome: {
      network_status: "approved_by_network",
      reason: null,
      risk_level: "normal",
      risk_score: 21,
      seller_message: "Payment complete.",
      type: "authorized",
    },
    paid: true,
    payment_intent: facts.intent,
    payment_method: facts.other("pm_"),
    payment_method_details: {
      card: {
        brand: "visa",
        checks: { address_line1_check: null, address_postal_code_check: "pass", cvc_check: "pass" },
        country: "DE",
        exp_month: 8,
        exp_year: 2031,
        fingerprint: facts.other("").slice(0, 16),
        funding: "credit",
        last4: "4242",
        network: "visa",
        three_d_secure: null,
        wallet: null,
      },
      type: "card",
    },
    receipt_email: "customer@example.com",
    receipt_number: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "succeeded",
    transfer_data: null,
    transfer_group: null,
    ...state,
  };
}

export function refund(facts: StripeFacts, state: Fields): Fields {
  return {
    id: facts.refund,
    object: "refund",
    amount: facts.amount,
    balance_transaction: facts.other("txn_"),
    charge: facts.charge,
    created: facts.created,
    currency: facts.currency,
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    metadata: {},
    payment_intent: facts.intent,
    reason: "requested_by_customer",
    receipt_number: null,
    source_transfer_reversal: null,
    transfer_reversal: null,
    ...state,
  };
}

export function dispute(facts: StripeFacts, state: Fields): Fields {
  return {
    id: facts.dispute,
    object: "dispute",
    amount: facts.amount,
    balance_transactions: [],
    charge: facts.charge,
    created: facts.created,
    currency: facts.currency,
    enhanced_eligibility_types: [],
    evidence: {
      access_activity_log: null,
      billing_address: null,
      cancellation_policy: null,
      customer_communication: null,
      customer_email_address: "customer@example.com",
      customer_name: "Ada Example",
      product_description: null,
      receipt: null,
      refund_policy: null,
      service_date: null,
      shipping_date: null,
      shipping_tracking_number: null,
      uncategorized_file: null,
      uncategorized_text: null,
    },
    evidence_details: {
      due_by: facts.created + 14 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: facts.intent,
    payment_method_details: {
      card: { brand: "visa", case_type: "chargeback", network_reason_code: "10.4" },
      type: "card",
    },
    reason: "fraudulent",
    ...state,
  };
}

export function checkoutSession(facts: StripeFacts, state: Fields): Fields {
  return {
    id: facts.other("cs_test_"),
    object: "checkout.session",
    adaptive_pricing: { enabled: false },
    allow_promotion_codes: null,
    amount_subtotal: facts.amount,
    amount_total: facts.amount,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: "https://shop.example.com/cart",
    client_reference_id: "10042",
    created: facts.created,
    currency: facts.currency,
    customer: null,
    customer_details: {
      email: "customer@example.com",
      name: "Ada Example",
      phone: null,
      tax_exempt: "none",
      tax_ids: [],
    },
    expires_at: facts.created + 86_400,
    livemode: false,
    locale: null,
    metadata: { order_id: "10042" },
    mode: "payment",
    payment_intent: facts.intent,
    payment_method_types: ["card"],
    status: "complete",
    submit_type: null,
    subscription: null,
    success_url: "https://shop.example.com/thanks",
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: "hosted",
    url: null,
    ...state,
  };
}
