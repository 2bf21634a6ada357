import type { PaymentEventType } from "../../../domain/payment-event.ts";
import type { TransactionStatus } from "../../../domain/transaction.ts";
import { samplers } from "../../../providers/samples/index.ts";
import type { Sampler } from "../../../providers/samples/sampler.ts";
import { type DemoProvider, LIVES, type LifeStep, ONE_EVENT_LIFE, type WriteLife } from "./payment-lives.ts";
import type { Random } from "./random.ts";

export interface PlannedEvent {
  readonly eventId: string;
  readonly transactionId: string;
  readonly type: PaymentEventType;
  /** Minor units. */
  readonly amountMinor: string;
  readonly currency: string;
}

export interface PlannedPayment {
  readonly transactionId: string;
  readonly status: TransactionStatus;
  readonly amountMinor: string;
  readonly refundedMinor: string;
  readonly currency: string;
  readonly eventIds: readonly string[];
}

/** One payment with the bodies that tell it. */
export interface DemoPayment {
  readonly payment: PlannedPayment;
  readonly events: readonly PaymentMessage[];
  /** Whether its provider signs the time of a delivery. */
  readonly signsTime: boolean;
  /** What someone would send who wants the payment to count as paid. */
  claimSuccess(): PaymentMessage;
}

export interface PaymentMessage {
  readonly event: PlannedEvent;
  readonly source: string;
  /** Not signed yet. */
  readonly body: Buffer;
  /** What happened right before in this payment. */
  readonly previous: PaymentMessage | null;
}

/** Payments of all providers with `count` events altogether. `now` is epoch milliseconds; every event is older. */
export function writePayments(random: Random, count: number, now: number): readonly DemoPayment[] {
  const payments: DemoPayment[] = [];
  for (let left = count; left > 0; ) {
    const provider = PROVIDERS[payments.length % PROVIDERS.length] as DemoProvider;
    const payment = writePayment(random, provider, now, left);
    payments.push(payment);
    left -= payment.events.length;
  }
  return payments;
}

const PROVIDERS = Object.keys(LIVES) as readonly DemoProvider[];
const SIGN_TIME: readonly DemoProvider[] = ["stripe", "paypal", "generic"];
const CURRENCIES = ["EUR", "USD", "GBP", "JPY"] as const;
const MINUTE = 60_000;

function writePayment(random: Random, provider: DemoProvider, now: number, most: number): DemoPayment {
  const ids = IDS[provider](random);
  const amountMinor = BigInt(100 + random.below(50_000));
  const currency = random.pick(CURRENCIES);
  const life = lifeThatFits(random.pick(LIVES[provider]), amountMinor, most);
  const transactionId = `${provider}:${ids.payment}`;

  const write = (step: LifeStep, eventId: string, occurredAt: number, previous: PaymentMessage | null) => {
    const text = (samplers[provider] as Sampler).body({
      type: step.type,
      amountMinor: step.amountMinor,
      currency,
      eventId,
      paymentId: ids.payment,
      ...(step.refund === undefined ? {} : { refundId: ids.refund(step.refund) }),
      ...(step.dispute === undefined ? {} : { disputeId: ids.dispute }),
      occurredAt,
    });
    const event: PlannedEvent = {
      eventId: `${provider}:${provider === "adyen" ? adyenEventId(text) : eventId}`,
      transactionId,
      type: step.type,
      amountMinor: `${step.amountMinor}`,
      currency,
    };
    return { event, source: provider, body: Buffer.from(text), previous };
  };

  const events: PaymentMessage[] = [];
  let at = now - 24 * 60 * MINUTE + random.below(20 * 60) * MINUTE;
  for (const step of life.steps) {
    events.push(write(step, ids.event(), at, events.at(-1) ?? null));
    at += (1 + random.below(9)) * MINUTE;
  }
  return {
    payment: {
      transactionId,
      status: life.status,
      amountMinor: `${amountMinor}`,
      refundedMinor: `${life.refundedMinor}`,
      currency,
      eventIds: events.map(({ event }) => event.eventId),
    },
    events,
    signsTime: SIGN_TIME.includes(provider),
    claimSuccess: () => write({ type: "payment.succeeded", amountMinor }, ids.event(), at, null),
  };
}

function lifeThatFits(write: WriteLife, amountMinor: bigint, most: number) {
  const life = write(amountMinor);
  return life.steps.length <= most ? life : ONE_EVENT_LIFE(amountMinor);
}

/** Adyen gives its events no id; the same three fields say which one it is. */
function adyenEventId(text: string): string {
  const { notificationItems } = JSON.parse(text) as {
    notificationItems: [{ NotificationRequestItem: { eventCode: string; pspReference: string; success: string } }];
  };
  const { eventCode, pspReference, success } = notificationItems[0].NotificationRequestItem;
  return `${eventCode}:${pspReference}:${success}`;
}

interface Ids {
  readonly payment: string;
  readonly dispute: string;
  refund(number: number): string;
  event(): string;
}

/** Ids that look like the provider's. */
const IDS: Readonly<Record<DemoProvider, (random: Random) => Ids>> = {
  stripe: (random) => ({
    payment: `pi_3${random.text(23)}`,
    dispute: `du_1${random.text(23)}`,
    ...numbered(`re_3${random.text(20)}`),
    event: () => `evt_1${random.text(23)}`,
  }),
  paypal: (random) => ({
    payment: random.text(17),
    dispute: `PP-D-${random.text(8)}`,
    ...numbered(random.text(15)),
    event: () => `WH-${random.text(17)}-${random.text(17)}`,
  }),
  square: (random) => ({
    payment: `${random.text(27)}ZY`,
    dispute: random.text(20),
    ...numbered(random.text(40)),
    event: () => [8, 4, 4, 4, 12].map((length) => random.text(length).toLowerCase()).join("-"),
  }),
  adyen: (random) => ({
    payment: random.text(16),
    dispute: random.text(16),
    ...numbered(random.text(14)),
    event: () => random.text(16),
  }),
  generic: (random) => ({
    payment: `txn_${random.text(16)}`,
    dispute: `dsp_${random.text(16)}`,
    ...numbered(`rfd_${random.text(14)}`),
    event: () => `evt_${random.text(20)}`,
  }),
};

function numbered(stem: string): Pick<Ids, "refund"> {
  return { refund: (number) => `${stem}R${number}` };
}
