import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expiryOutcome } from "../domain/audit-expiry.ts";
import type { AuditCheckpoint } from "../ports/audit-log.ts";
import { CHAIN_START, type ChainRecord, type ChainReport, openChainCheck } from "./audit.ts";

const linkHash = (previous: string, { hash: _, ...record }: ChainRecord) =>
  createHash("sha256").update(previous).update(JSON.stringify(record)).digest("hex");

function chainOf(length: number, over: (seq: number) => Partial<ChainRecord> = () => ({})): ChainRecord[] {
  const chain: ChainRecord[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const record = { seq, at: seq * 1000, actor: "shop", action: "a", target: `t${seq}`, outcome: "ok", hash: "" };
    const linked = { ...record, ...over(seq) };
    chain.push({ ...linked, hash: linkHash(chain.at(-1)?.hash ?? CHAIN_START, linked) });
  }
  return chain;
}

function check(
  records: readonly ChainRecord[],
  checkpoint: AuditCheckpoint | null = null,
  keptMs: number | null = null,
): ChainReport {
  const chain = openChainCheck({ linkHash, checkpoint, keptMs });
  for (const record of records) chain.add(record);
  return chain.end();
}

const checkpointAt = (record: ChainRecord | undefined): AuditCheckpoint => ({
  seq: record?.seq ?? 0,
  hash: record?.hash ?? "",
  at: "2026-01-02T03:04:05.678Z",
});

describe("the check of an audit chain", () => {
  it("finds nothing in a chain that is whole, with every one of its records as the checkpoint", () => {
    const chain = chainOf(9);
    expect(check(chain)).toEqual({ records: 9, firstSeq: 1, lastSeq: 9, problems: [] });
    for (const record of chain) expect(check(chain, checkpointAt(record)).problems).toEqual([]);
    expect(check([])).toEqual({ records: 0, firstSeq: null, lastSeq: null, problems: [] });
  });

  it("finds every single change, removal, insertion and swap", () => {
    const place = fc.integer({ min: 0, max: 10 });
    const tampering = fc.record({
      kind: fc.constantFrom("actor", "at", "outcome", "hash", "remove", "remove and renumber", "insert", "swap"),
      place,
    });
    fc.assert(
      fc.property(tampering, ({ kind, place: at }) => {
        const chain = chainOf(12);
        const [record, next] = [chain[at], chain[at + 1]] as [ChainRecord, ChainRecord];
        const renumber = (from: number) => {
          for (let i = from; i < chain.length; i++) chain[i] = { ...(chain[i] as ChainRecord), seq: i + 1 };
        };
        if (kind === "remove") chain.splice(at, 1);
        else if (kind === "remove and renumber") {
          chain.splice(at, 1);
          renumber(at);
        } else if (kind === "insert") {
          chain.splice(at, 0, { ...record, actor: "nobody" });
          renumber(at);
        } else if (kind === "swap") chain.splice(at, 2, { ...next, seq: at + 1 }, { ...record, seq: at + 2 });
        else if (kind === "at") chain.splice(at, 1, { ...record, at: record.at + 1 });
        else chain.splice(at, 1, { ...record, [kind]: "0".repeat(64) });
        expect(check(chain).problems[0]?.seq).toBe(at + 1);
      }),
    );
  });

  it("names the records that are missing", () => {
    const chain = chainOf(9);
    expect(check([...chain.slice(0, 3), ...chain.slice(4)]).problems).toEqual([{ seq: 4, problem: "is missing" }]);
    expect(check([...chain.slice(0, 3), ...chain.slice(6)]).problems).toEqual([
      { seq: 4, problem: "is missing, and so are those up to 6" },
    ]);
    expect(check(chain.slice(2)).problems).toMatchObject([{ seq: 1 }]);
  });

  it("finds records with numbers that cannot be", () => {
    const [first, ...rest] = chainOf(3) as [ChainRecord, ...ChainRecord[]];
    expect(check([{ ...first, seq: -5 }, first, ...rest]).problems).toMatchObject([{ seq: -5 }]);
    expect(check([first, ...rest, first]).problems).toMatchObject([{ seq: 1 }]);
  });

  it("finds a tail that was cut off, and a chain that was written anew, by a checkpoint", () => {
    const chain = chainOf(9);
    const checkpoint = checkpointAt(chain[6]);
    expect(check(chain.slice(0, 7), checkpoint).problems).toEqual([]);
    expect(check(chain.slice(0, 4), checkpoint).problems).toMatchObject([{ seq: 5 }]);
    expect(check([], checkpoint).problems).toMatchObject([{ seq: 1 }]);
    const other = chainOf(9, (seq) => (seq === 2 ? { actor: "nobody" } : {}));
    expect(check(other).problems).toEqual([]);
    expect(check(other, checkpoint).problems).toMatchObject([{ seq: 7, problem: expect.stringContaining("anew") }]);
  });

  describe("of which retention took the start", () => {
    const expired = (before: number, chain: readonly ChainRecord[]) =>
      expiryOutcome({ before, link: chain[before - 2]?.hash ?? "" });
    const whole = chainOf(9, (seq) => (seq === 8 ? { action: "audit.expired", outcome: expired(4, chainOf(9)) } : {}));

    it("finds nothing when the chain itself tells what went", () => {
      expect(check(whole.slice(3))).toMatchObject({ records: 6, firstSeq: 4, problems: [] });
    });

    it("believes no expiry in the middle of the chain: anybody could have added that record", () => {
      expect(check([...whole.slice(0, 2), ...whole.slice(3)]).problems).toEqual([{ seq: 3, problem: "is missing" }]);
    });

    it("believes no expiry of records that were too young for it", () => {
      const age = (whole[7] as ChainRecord).at - (whole[3] as ChainRecord).at;
      expect(check(whole.slice(3), null, age).problems).toEqual([]);
      expect(check(whole.slice(3), null, age + 1).problems).toMatchObject([
        { seq: 1, problem: expect.stringContaining("younger") },
      ]);
    });

    it("finds that more is missing than went, and that the first record was changed", () => {
      expect(check(whole.slice(4)).problems).toMatchObject([
        { seq: 1, problem: "is missing, and so are those up to 4" },
      ]);
      const [anchor, ...rest] = whole.slice(3) as [ChainRecord, ...ChainRecord[]];
      expect(check([{ ...anchor, actor: "nobody" }, ...rest]).problems).toMatchObject([{ seq: 4 }]);
    });

    it("cannot vouch for the rest when the checkpoint's record is among what went", () => {
      expect(check(whole.slice(3), checkpointAt(whole[1])).problems).toMatchObject([{ seq: 2 }]);
    });
  });

  it("lists a hundred problems and counts the rest", () => {
    const { problems } = check(chainOf(300).map((record) => ({ ...record, hash: "0".repeat(64) })));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toEqual({ seq: 300, problem: "200 more problems are not listed" });
  });
});
