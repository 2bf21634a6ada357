import { expect, it } from "vitest";
import { auditedChange, isDeletion, type StreamRecord } from "./change-audit.ts";

const KEYS = { webhook_id: { S: "shop:evt_1" }, provider: { S: "generic" } };
const WAITING = { ...KEYS, status: { S: "received" }, pending: { S: "07" } };
const TTL = { type: "Service", principalId: "dynamodb.amazonaws.com" };

type Image = NonNullable<NonNullable<StreamRecord["dynamodb"]>["NewImage"]>;
function change(before: Image | null, after: Image | null, over: Partial<StreamRecord> = {}): StreamRecord {
  return {
    eventName: before === null ? "INSERT" : after === null ? "REMOVE" : "MODIFY",
    dynamodb: {
      ApproximateCreationDateTime: 1_770_000_000,
      Keys: KEYS,
      SequenceNumber: "111",
      ...(before === null ? {} : { OldImage: before }),
      ...(after === null ? {} : { NewImage: after }),
    },
    ...over,
  };
}

it.each<[string, StreamRecord, object]>([
  ["a new event", change(null, WAITING), { actor: "shop", action: "event.received", outcome: "stored" }],
  ["another copy", change(WAITING, { ...WAITING, copies: { N: "2" } }), { action: "event.duplicate", outcome: "2" }],
  ["an attempt", change(WAITING, { ...WAITING, tries: { N: "1" } }), { action: "event.attempted", outcome: "1" }],
  [
    "an event that was applied",
    change(WAITING, { ...KEYS, status: { S: "processed" }, effect: { S: "stale" } }),
    { actor: "shop", action: "event.processed", outcome: "stale", changed: ["effect", "pending", "status"] },
  ],
  [
    "an event that cannot be true",
    change(WAITING, {
      ...KEYS,
      status: { S: "quarantined" },
      pending: { S: "quarantined" },
      reason: { S: "negative_amount" },
    }),
    { action: "event.quarantined", outcome: "negative_amount" },
  ],
  [
    "an event that was given up",
    change(WAITING, { ...KEYS, status: { S: "dead" }, pending: { S: "dead" } }),
    { action: "event.dead", outcome: "dead" },
  ],
  [
    "a dead event in the archive",
    change(
      { ...KEYS, pending: { S: "dead" } },
      { ...KEYS, pending: { S: "dead" }, archive_key: { S: "shop/2026/01/02/evt_1.json" } },
    ),
    { actor: "archiver", action: "event.archived", outcome: "shop/2026/01/02/evt_1.json" },
  ],
  [
    "a dead event that an operator put back",
    change({ ...KEYS, pending: { S: "dead" } }, { ...WAITING, generation: { N: "1" }, asked_by: { S: "ops" } }),
    { actor: "ops", action: "event.redriven", outcome: "queued" },
  ],
  [
    "an event that an operator wants processed again",
    change(
      { ...KEYS, status: { S: "processed" } },
      { ...WAITING, generation: { N: "1" }, replaying: { BOOL: true }, asked_by: { S: "ops" } },
    ),
    { actor: "ops", action: "event.replayed" },
  ],
  [
    "an event that an operator removed",
    change(
      { ...KEYS, status: { S: "processed" } },
      { ...KEYS, status: { S: "processed" }, removed: { BOOL: true }, removed_by: { S: "ops" } },
    ),
    { actor: "ops", action: "event.deleted", outcome: "removed" },
  ],
  [
    "an item whose time was over",
    change(WAITING, null, { userIdentity: TTL }),
    { actor: "retention", action: "event.expired" },
  ],
  [
    "an item that somebody deleted",
    change(WAITING, null),
    { actor: "unknown", action: "event.deleted", outcome: "received" },
  ],
])("%s is audited as what it is", (_, record, expected) => {
  expect(auditedChange(record, "webhook_id")).toMatchObject({
    seq: "111",
    at: "2026-02-02T02:40:00.000Z",
    target: "shop:evt_1",
    ...expected,
  });
});

it("holds names of attributes and never their values", () => {
  const after = { ...WAITING, copies: { N: "2" }, payload: { S: "4242424242424242" } };
  expect(JSON.stringify(auditedChange(change(WAITING, after), "webhook_id"))).not.toContain("4242");
});

it("a probe is no event; a binding is none either, but its deletion is audited", () => {
  const probe = { webhook_id: { S: "probe#" } };
  expect(auditedChange(change(null, probe), "webhook_id")).toBeNull();
  expect(auditedChange(change(probe, probe), "webhook_id")).toBeNull();
  expect(auditedChange(change(probe, null), "webhook_id")).toMatchObject({ action: "event.deleted" });
});

it("tells a deletion from the table's own expiry, which a person cannot pretend to be", () => {
  expect(isDeletion(change(WAITING, null))).toBe(true);
  expect(isDeletion(change(WAITING, null, { userIdentity: { type: "Service", principalId: "somebody" } }))).toBe(true);
  expect(isDeletion(change(WAITING, null, { userIdentity: TTL }))).toBe(false);
  expect(isDeletion(change(null, WAITING))).toBe(false);
});
