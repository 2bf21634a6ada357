import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { StoreError } from "../../../domain/errors.ts";
import type { EventType } from "../../../domain/payment-event.ts";
import type { Effect, Transaction, TransactionStatus } from "../../../domain/transaction.ts";
import type { HistoryEntry } from "../../../ports/ledger.ts";
import { STATE_DICTIONARY } from "./state-dictionary.ts";

/** A transaction and what was applied to it, in the order of application. */
export interface LedgerState {
  readonly transaction: Transaction;
  readonly history: readonly HistoryEntry[];
}

/**
 * Most bytes of a state that still bears its whole history: some thousand events of one payment. DynamoDB takes items of
 * up to 400 KB, and every KB of one is a write unit for every further event. Beyond it the oldest entries of the history
 * go, the transaction never: as a join it stays right without them, and only a redelivery of an event that old is told
 * `none` or `stale` instead of its first effect.
 */
const MAX_STATE_BYTES = 256 * 1024;

/** The state as one attribute: a byte that names the format, then raw deflate with our dictionary. */
export function encodeState(state: LedgerState, maxBytes: number = MAX_STATE_BYTES): Uint8Array {
  let { history } = state;
  for (;;) {
    const bytes = pack([state.transaction, history.map(writeEntry)]);
    if (bytes.byteLength <= maxBytes || history.length === 0) return bytes;
    history = history.slice(Math.ceil(history.length / 16));
  }
}

/** Throws a `StoreError` (`corrupt`) when the bytes are not a state. */
export function decodeState(bytes: Uint8Array | undefined): LedgerState {
  try {
    if (bytes?.[0] !== FORMAT) throw new Error("Its format is unknown.");
    const [transaction, history] = JSON.parse(
      inflateRawSync(bytes.subarray(1), { dictionary: STATE_DICTIONARY }).toString("utf8"),
    ) as PackedState;
    return { transaction, history: history.map(readEntry) };
  } catch (cause) {
    throw new StoreError("corrupt", "The state of a transaction cannot be read.", { cause });
  }
}

type PackedState = readonly [Transaction, readonly PackedEntry[]];
type PackedEntry = readonly [
  eventId: string,
  type: EventType,
  occurredAt: string | null,
  appliedAt: string,
  from: TransactionStatus | null,
  to: TransactionStatus | null,
  effect: Effect,
];

const FORMAT = 1;

function pack(state: PackedState): Uint8Array {
  const packed = deflateRawSync(JSON.stringify(state), {
    level: constants.Z_BEST_COMPRESSION,
    memLevel: 9,
    dictionary: STATE_DICTIONARY,
  });
  return Buffer.concat([Buffer.of(FORMAT), packed]);
}

function writeEntry({ eventId, type, occurredAt, appliedAt, from, to, effect }: HistoryEntry): PackedEntry {
  return [eventId, type, occurredAt, appliedAt, from, to, effect];
}

function readEntry([eventId, type, occurredAt, appliedAt, from, to, effect]: PackedEntry): HistoryEntry {
  return { eventId, type, occurredAt, appliedAt, from, to, effect };
}
