import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { askAll } from "../support/admin-api.ts";
import {
  dataDirIn,
  type InboxConfig,
  type InboxProcess,
  spawnInbox,
  writeInboxConfig,
} from "../support/inbox-process.ts";
import { acknowledged, eventPath, fresh, waitFor } from "./scenarios/asking.ts";
import type { Json } from "./scenarios/deployment.ts";
import { ownFolder, STRIPE_SECRET, STRIPE_SOURCE } from "./scenarios/own-inbox.ts";
import { createSender, readAnswer } from "./scenarios/sender.ts";

const WHSEC = `whsec_${Buffer.from("canary-destination-secret-32byte").toString("base64")}`;
const PATIENT = 120_000;

describe("an inbox that is killed with SIGKILL", () => {
  it(
    "inside the handler calls it again with the same key and the next attempt, and applies once",
    async () => {
      const inbox = await openKillable({ handler: HANGS_ON_FIRST });
      const [payment, id] = [fresh("pi"), fresh("evt")];
      const eventId = acknowledged(
        await inbox.send("stripe", "payment.succeeded", { id, payment, amountMinor: 10_000 }),
      );
      const refund = acknowledged(
        await inbox.send("stripe", "refund.succeeded", { payment, refund: fresh("re"), amountMinor: 3000 }),
      );
      await waitFor(() => (inbox.calls().length === 1 ? true : null));
      await inbox.killAndRestart();
      await inbox.settled(refund);
      expect(await inbox.event(eventId)).toMatchObject({
        status: "processed",
        effect: "applied",
        attempts: [
          { n: 1, outcome: "interrupted" },
          { n: 2, outcome: "succeeded" },
        ],
      });
      const own = inbox.calls().filter((call) => call.key === eventId);
      expect(own.map(({ attempt }) => attempt)).toEqual([1, 2]);
      expect(await inbox.transaction(`stripe:${payment}`)).toMatchObject({
        status: "partially_refunded",
        amountMinor: "10000",
        refundedMinor: "3000",
        history: [{ eventId }, { eventId: refund }],
      });
      await inbox.expectEnds({ [eventId]: ["event.processed"], [refund]: ["event.processed"] });
    },
    PATIENT,
  );

  it(
    "inside the handler in every attempt gives that event up, and goes on with the payment",
    async () => {
      const inbox = await openKillable({ handler: HANGS_ON_POISON });
      const payment = fresh("pi");
      const poison = acknowledged(
        await inbox.send("stripe", "payment.succeeded", { id: fresh("evt_poison"), payment }),
      );
      const follower = acknowledged(await inbox.send("stripe", "payment.succeeded", { payment }));
      for (let attempt = 1; attempt <= 3; attempt++) {
        await waitFor(() => (inbox.calls().length === attempt ? true : null));
        await inbox.killAndRestart();
      }
      expect(await inbox.settled(poison)).toMatchObject({
        status: "dead",
        attempts: [1, 2, 3].map((n) => ({ n })),
      });
      expect(await inbox.settled(follower)).toMatchObject({ status: "processed", attempts: [{ n: 1 }] });
      expect(inbox.calls().map(({ key, attempt }) => [key, attempt])).toEqual([
        [poison, 1],
        [poison, 2],
        [poison, 3],
        [follower, 1],
      ]);
      await waitFor(() => inbox.archived().get(poison));
    },
    PATIENT,
  );

  it.each(["before it answers", "when it has answered"] as const)(
    "by a destination %s tells it again under the same id, in order, and applies once",
    async (when) => {
      const told: { readonly headers: IncomingHttpHeaders; readonly body: Json }[] = [];
      let strike: (() => void) | null = null;
      const url = await listen((headers, body, answer) => {
        told.push({ headers, body: JSON.parse(body) });
        if (when === "when it has answered") answer();
        const kill = strike;
        strike = null;
        if (kill !== null) kill();
        else if (when === "before it answers") answer();
      });
      const retry = { maxAttempts: 5, base: "50ms", max: "100ms" };
      const inbox = await openKillable({
        config: { destinations: { ledger: { url, secret: "${env:WHSEC}", concurrency: 1, retry } } },
      });
      const payment = fresh("pi");
      const killed = new Promise<void>((resolve) => {
        strike = () => {
          inbox.kill();
          resolve();
        };
      });
      const first = acknowledged(await inbox.send("stripe", "payment.succeeded", { payment, amountMinor: 5000 }));
      await killed;
      await inbox.killAndRestart();
      const second = acknowledged(
        await inbox.send("stripe", "refund.succeeded", { payment, refund: fresh("re"), amountMinor: 1000 }),
      );
      await inbox.settled(second);
      await waitFor(async () => {
        const { items } = await inbox.ask("/api/destinations");
        return items[0].pending === 0 ? true : null;
      });
      const ids = told.map(({ headers }) => headers["webhook-id"]);
      expect(ids).toEqual([first, first, second]);
      expect(told[1]?.body).toEqual(told[0]?.body);
      const { items } = await inbox.ask("/api/destinations");
      expect(items[0]).toMatchObject({ delivered: 2, failed: 0, abandoned: 0 });
      expect(await inbox.transaction(`stripe:${payment}`)).toMatchObject({
        amountMinor: "5000",
        refundedMinor: "1000",
      });
      await inbox.expectEnds({ [first]: ["event.processed"], [second]: ["event.processed"] });
    },
    PATIENT,
  );

  it(
    "while it archives has every dead event in the archive, once and whole",
    async () => {
      const inbox = await openKillable({ handler: NEVER });
      const dead: string[] = [];
      for (const struckAt of [1, 2, 7, 15]) {
        const sent = Array.from({ length: 20 }, () =>
          inbox.send("stripe", "payment.succeeded", { payment: fresh("pi") }),
        );
        const before = inbox.archiveFiles().length;
        // Looked at without a pause, so that the kill falls between the file and the note of it.
        const struck = (async () => {
          while (inbox.archiveFiles().length < before + struckAt) await new Promise((resolve) => setImmediate(resolve));
          inbox.kill();
        })();
        for (const answer of await Promise.allSettled(sent)) {
          if (answer.status === "fulfilled") dead.push(acknowledged(answer.value));
        }
        await struck;
        await inbox.killAndRestart();
      }
      for (const eventId of dead) expect((await inbox.settled(eventId)).status).toBe("dead");
      await waitFor(() => (dead.every((eventId) => inbox.archived().has(eventId)) ? true : null));
      for (const eventId of dead) {
        expect(
          inbox.archiveFiles().filter((path) => path.endsWith(`/${eventId.slice("stripe:".length)}.json`)),
        ).toHaveLength(1);
        const { attempts, bodySha256, deadAt } = await inbox.event(eventId);
        expect(inbox.archived().get(eventId)).toMatchObject({ eventId, attempts, bodySha256, deadAt, payload: {} });
        expect(attempts.map((one: Json) => one.n)).toEqual(attempts.map((_: Json, n: number) => n + 1));
      }
      await waitFor(async () => {
        const records = await inbox.audit();
        const noted = records.filter(({ action }) => action === "event.archived").map(({ target }) => target);
        return dead.every((eventId) => noted.includes(eventId)) ? true : null;
      });
      await inbox.expectEnds(Object.fromEntries(dead.map((eventId) => [eventId, ["event.dead", "event.archived"]])));
    },
    PATIENT,
  );
});

const NOTE = `
import { appendFileSync } from "node:fs";
const note = (idempotencyKey, attempt) =>
  appendFileSync(process.env.CALLS, JSON.stringify({ key: idempotencyKey, attempt }) + "\\n");
`;
const HANGS_ON_FIRST = `${NOTE}
export async function onEvent(event, { idempotencyKey, attempt }) {
  note(idempotencyKey, attempt);
  if (event.type === "payment.succeeded" && attempt === 1) await new Promise(() => {});
}
`;
const HANGS_ON_POISON = `${NOTE}
export async function onEvent(event, { idempotencyKey, attempt }) {
  note(idempotencyKey, attempt);
  if (event.providerEventId.includes("poison")) await new Promise(() => {});
}
`;
const NEVER = `
export function onEvent() {
  throw Object.assign(new Error("never"), { permanent: true });
}
`;

/** The real program over a folder of its own, which can be killed at any moment and started again on what is left. */
async function openKillable({ handler, config = {} }: { readonly handler?: string; readonly config?: InboxConfig }) {
  const folder = ownFolder();
  const calls = join(folder, "calls.ndjson");
  const archive = join(dataDirIn(folder), "archive");
  const module = join(folder, "handler.mjs");
  if (handler !== undefined) writeFileSync(module, handler);
  const retry = { maxAttempts: 3, base: "20ms", max: "50ms" };
  const processor = {
    retry,
    ...(handler === undefined ? {} : { handler: module, concurrency: 2, handlerTimeout: "60s" }),
  };
  writeInboxConfig({ folder, config: { sources: STRIPE_SOURCE, processor, log: { level: "warn" }, ...config } });
  const start = () => spawnInbox({ folder, env: { STRIPE: STRIPE_SECRET, WHSEC, CALLS: calls } }).ready;
  let running: InboxProcess = await start();
  onTestFinished(async () => void (await running.stop("SIGKILL")));
  const known = { stripe: { provider: "stripe", secret: STRIPE_SECRET, settings: {} } };
  const ask = async (path: string): Promise<Json> => (await readAnswer(await fetch(running.adminUrl + path))).json;
  const event = (eventId: string) => ask(eventPath(eventId));
  const archiveFiles = () =>
    (existsSync(archive) ? readdirSync(archive, { recursive: true, encoding: "utf8" }) : [])
      .filter((path) => path.endsWith(".json"))
      .map((path) => join(archive, path));
  const audit = () => askAll<{ readonly action: string; readonly target: string }>(running.adminUrl, "/api/audit");

  return {
    ...createSender(() => running.ingestUrl, known),
    ask,
    event,
    audit,
    archiveFiles,
    kill: () => void process.kill(running.pid, "SIGKILL"),
    async killAndRestart() {
      await running.stop("SIGKILL");
      running = await start();
    },
    settled: (eventId: string): Promise<Json> =>
      waitFor(async () => {
        const found = await event(eventId);
        return found.status === "received" ? null : found;
      }),
    transaction: (id: string) => ask(`/api/transactions/${encodeURIComponent(id)}`),
    calls: () =>
      (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []).map(
        (line) => JSON.parse(line) as { readonly key: string; readonly attempt: number },
      ),
    /** By event id. A file that is not whole is no JSON, and fails the test. */
    archived: () =>
      new Map<string, Json>(
        archiveFiles().map((path) => {
          const record: Json = JSON.parse(readFileSync(path, "utf8"));
          return [record.eventId, record];
        }),
      ),
    /** Each of these events has these ends in the audit, and each of them once. */
    async expectEnds(ends: Readonly<Record<string, readonly string[]>>) {
      const records = await audit();
      const found = Object.keys(ends).map((eventId) => [
        eventId,
        records
          .filter(({ target, action }) => target === eventId && action !== "event.received")
          .map(({ action }) => action),
      ]);
      expect(Object.fromEntries(found)).toEqual(ends);
    },
  };
}

/** A server on loopback that decides itself when it answers. */
async function listen(take: (headers: IncomingHttpHeaders, body: string, answer: () => void) => void): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    take(request.headers, Buffer.concat(chunks).toString("utf8"), () => void response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}
