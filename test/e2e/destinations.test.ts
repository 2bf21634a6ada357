import { describe, expect, it, onTestFinished } from "vitest";
import { configFileIn, spawnInbox } from "../support/inbox-process.ts";
import { runCli, until } from "../support/run-cli.ts";
import { fresh } from "./scenarios/asking.ts";
import type { Json } from "./scenarios/deployment.ts";
import { STRIPE_SECRET, startOwnInbox } from "./scenarios/own-inbox.ts";
import { openConnection, rawDelivery } from "./scenarios/raw-delivery.ts";
import { openReceiver, type Receiver } from "./scenarios/receiver.ts";

const WHSEC = `whsec_${Buffer.from("canary-destination-secret-32byte").toString("base64")}`;
const ENV = { STRIPE: STRIPE_SECRET, WHSEC };

describe("a destination of a running inbox", () => {
  it("is paused over a restart, and told everything once it is resumed", async () => {
    const receiver = await startReceiver();
    const { inbox, folder } = await startOwnInbox(destinationOf(receiver), { env: ENV });
    expect(await shown(inbox.adminUrl)).toEqual({
      name: "ledger",
      url: new URL(receiver.url).href,
      format: "standard",
      events: ["payment.*"],
      sources: null,
      pending: 0,
      oldestPendingAt: null,
      paused: false,
      circuit: "closed",
      lastDeliveredAt: null,
      lastError: null,
      delivered: 0,
      failed: 0,
      abandoned: 0,
    });
    await cli(["destinations", "pause", "ledger", "--url", inbox.adminUrl], 0);
    await deliver(inbox);
    await until(
      () => shown(inbox.adminUrl),
      ({ pending }) => pending === 1,
    );
    expect(await inbox.stop("SIGTERM")).toMatchObject({ code: 0 });

    const offline = await cli(["destinations", "list", "--json", "--config", configFileIn(folder)], 0);
    expect(JSON.parse(offline.stdout)).toMatchObject({ name: "ledger", paused: true, pending: 1 });

    const again = await spawnInbox({ folder, env: ENV }).ready;
    onTestFinished(async () => void (await again.stop("SIGKILL")));
    await deliver(again);
    await until(
      () => shown(again.adminUrl),
      ({ pending }) => pending === 2,
    );
    expect(receiver.received).toEqual([]);
    await cli(["destinations", "resume", "ledger", "--url", again.adminUrl], 0);
    const after = await until(
      () => shown(again.adminUrl),
      ({ pending }) => pending === 0,
    );
    expect(after).toMatchObject({ paused: false, delivered: 2, failed: 0 });
    expect(receiver.received).toHaveLength(2);
    await cli(["destinations", "pause", "other", "--url", again.adminUrl], 4);
    const actions = (await (await fetch(`${again.adminUrl}/api/audit?limit=500`)).json()) as Json;
    expect(
      actions.items
        .filter((one: Json) => one.action.startsWith("destination."))
        .map((one: Json) => [one.action, one.target]),
    ).toEqual([
      ["destination.paused", "ledger"],
      ["destination.resumed", "ledger"],
    ]);
  });

  it("that fails again and again is shown as open, keeps what waits untried, and closes when it answers", async () => {
    const receiver = await startReceiver();
    receiver.answer(503);
    const { inbox } = await startOwnInbox(destinationOf(receiver), { env: ENV });
    for (let n = 0; n < 30; n++) await deliver(inbox);
    const open = await until(
      () => shown(inbox.adminUrl),
      ({ circuit, pending }) => circuit !== "closed" && pending === 30,
    );
    expect(open.lastError).toContain("503");
    expect(await circuitGauge(inbox.adminUrl)).toBe('strongroom_circuit_open{destination="ledger"} 1');
    receiver.answer(204);
    const closed = await until(
      () => shown(inbox.adminUrl),
      ({ pending }) => pending === 0,
    );
    expect(closed).toMatchObject({ circuit: "closed", delivered: 30, abandoned: 0 });
    expect(await circuitGauge(inbox.adminUrl)).toBe('strongroom_circuit_open{destination="ledger"} 0');
    // Without the circuit each of the 30 would have failed at least once.
    expect(closed.failed).toBeLessThan(30);
    const told = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(told).size).toBe(30);
  });
});

async function startReceiver(): Promise<Receiver> {
  const receiver = await openReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

function destinationOf({ url }: Receiver) {
  const retry = { maxAttempts: 100, base: "200ms", max: "400ms" };
  // What is private in the URL is not shown.
  const secret = `${url}?key=canary`;
  return { destinations: { ledger: { url: secret, secret: "${env:WHSEC}", events: ["payment.*"], retry } } };
}

async function deliver(inbox: Awaited<ReturnType<typeof startOwnInbox>>["inbox"]): Promise<void> {
  const connection = await openConnection(inbox);
  connection.send(rawDelivery(fresh("evt"), STRIPE_SECRET));
  expect((await connection.next()).status).toBe(200);
}

async function shown(adminUrl: string): Promise<Json> {
  const { items } = (await (await fetch(`${adminUrl}/api/destinations`)).json()) as Json;
  return items[0];
}

async function circuitGauge(adminUrl: string): Promise<string | undefined> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  return text.split("\n").find((line) => line.startsWith("strongroom_circuit_open"));
}

async function cli(args: readonly string[], code: number) {
  const ended = await runCli(args, { env: ENV });
  expect({ code: ended.code, stderr: code === 0 ? ended.stderr : "" }).toMatchObject({ code });
  return ended;
}
