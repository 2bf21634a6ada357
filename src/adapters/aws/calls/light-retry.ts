import { CallError } from "./call-error.ts";

export interface RetryClock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** At least 0, below 1. */
  readonly random: () => number;
}

/** Runs a call until it succeeds or trying again is pointless. `time` is now by the service's clock: what to sign with. */
export type Retry = <Output>(attempt: (time: Date) => Promise<Output>) => Promise<Output>;

/**
 * Retries as the SDK's standard mode: at most three tries, a random wait below a ceiling that doubles, and a budget
 * for all calls together, so that an outage is not answered with three times the load. A failed condition and every
 * other refusal of a request is final.
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
 */
export function openRetry(clock: RetryClock): Retry {
  let skewMs = 0;
  let budget = BUDGET;
  return async (attempt) => {
    let cost = 0;
    for (let tries = 1; ; tries++) {
      const usedSkewMs = skewMs;
      try {
        const output = await attempt(new Date(clock.now() + usedSkewMs));
        budget = Math.min(BUDGET, budget + (cost || 1));
        return output;
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        const corrected = correctedSkew(error, usedSkewMs, clock.now());
        skewMs = corrected ?? skewMs;
        const kind = isThrottled(error) ? THROTTLED : TRANSIENT;
        const again = kind === THROTTLED || corrected !== null || isTransient(error);
        if (!again || tries === TRIES || budget < kind.cost) throw error;
        cost = kind.cost;
        budget -= cost;
        await clock.pause(Math.floor(clock.random() * Math.min(kind.baseMs * 2 ** (tries - 1), LONGEST_WAIT_MS)));
      }
    }
  };
}

const TRIES = 3;
const BUDGET = 500;
const LONGEST_WAIT_MS = 20_000;
const TRANSIENT = { baseMs: 50, cost: 14 };
// The SDK waits up to 3 s for a throttled service. Here a provider waits for its answer, and sends again later.
const THROTTLED = { baseMs: 100, cost: 5 };

/** How far the service's clock is ahead, in milliseconds, when that explains the refusal; else null. */
function correctedSkew({ name, serverTime }: CallError, usedMs: number, now: number): number | null {
  if (!CLOCK_CODES.has(name) || serverTime === undefined) return null;
  const skewMs = Date.parse(serverTime) - now;
  return Math.abs(skewMs - usedMs) >= SKEW_MS ? skewMs : null;
}

/** AWS allows five minutes. Below four the clock is not the reason. */
const SKEW_MS = 240_000;

function isThrottled({ name, status }: CallError): boolean {
  return status === 429 || THROTTLING_CODES.has(name);
}

function isTransient({ name, status, message }: CallError): boolean {
  if (status !== undefined && TRANSIENT_STATUS.has(status)) return true;
  // An answer that cannot be read has a status only when it is a refusal.
  if (name === "UnreadableAnswer") return status === undefined;
  // A function that was frozen between signing and sending: the clock is right, the signature is old.
  return TRANSIENT_NAMES.has(name) || (name === "InvalidSignatureException" && message.includes("Signature expired"));
}

const TRANSIENT_STATUS = new Set([500, 502, 503, 504]);
const TRANSIENT_NAMES = new Set(["TimeoutError", "NetworkError", "RequestTimeout", "RequestTimeoutException"]);
const CLOCK_CODES = new Set([
  "AccessDeniedException",
  "AuthFailure",
  "InvalidSignatureException",
  "RequestExpired",
  "RequestInTheFuture",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);
const THROTTLING_CODES = new Set([
  "BandwidthLimitExceeded",
  "EC2ThrottledException",
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "TransactionInProgressException",
]);
