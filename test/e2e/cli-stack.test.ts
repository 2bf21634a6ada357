import { describe, expect, it } from "vitest";
import { isAvailable, UNAVAILABLE } from "../support/aws/dynamodb.ts";
import { operatorAws } from "../support/aws/operator-aws.ts";
import { type Ended, runCli, unusedPort } from "../support/run-cli.ts";
import { acknowledged, alertOf, fresh, settled, waitFor } from "./scenarios/asking.ts";
import { awsDeployment } from "./scenarios/aws-deployment.ts";
import type { Json } from "./scenarios/deployment.ts";
import { ownFolder } from "./scenarios/own-inbox.ts";

const HANDLER = `export async function onEvent({ providerEventId }) {
  if (providerEventId.includes("dead")) throw Object.assign(new Error("the ledger is closed"), { permanent: true });
}`;

if (!isAvailable()) console.warn(UNAVAILABLE);

describe.runIf(isAvailable())("the command line over a stack", () => {
  const aws = operatorAws();
  const deployment = awsDeployment(aws, { suffix: "cli", handler: HANDLER });

  /** As an operator's shell has it: no configuration file, no AWS files, the given environment. */
  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const home = ownFolder();
    return runCli(args, { cwd: home, env: { ...aws().environment, HOME: home, ...env } });
  }
  const onStack = (...args: readonly string[]) => run([...args, "--stack", deployment().stackName]);
  async function json(...args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const { code, stdout, stderr } = await onStack(...args, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }
  async function sent(id: string, payment: string, status: string): Promise<string> {
    const eventId = acknowledged(await deployment().send("stripe", "payment.succeeded", { id, payment }));
    await settled(deployment(), eventId, status);
    return eventId;
  }

  it("shows events and transactions as for any inbox", async () => {
    const payment = fresh("pi");
    const eventId = await sent(fresh("evt"), payment, "processed");
    const [list, get, transaction, missing] = await Promise.all([
      json("events", "list", "--transaction-id", `stripe:${payment}`),
      onStack("events", "get", eventId),
      json("transactions", "get", `stripe:${payment}`),
      onStack("events", "get", "stripe:none"),
    ]);
    expect(list).toMatchObject([{ eventId, status: "processed", transactionId: `stripe:${payment}` }]);
    expect(get.stdout).toMatch(/^status +processed$/m);
    expect(transaction).toMatchObject([{ status: "succeeded", amountMinor: "1999", history: [{ eventId }] }]);
    expect([missing.code, missing.stderr]).toEqual([4, "strongroom: There is no such event.\n"]);
  });

  it("has events processed again, and the audit shows who asked", async () => {
    const eventId = await sent(fresh("evt"), fresh("pi"), "processed");
    const replay = await onStack("events", "replay", eventId);
    expect([replay.code, replay.stdout]).toEqual([0, `queued ${eventId}\n`]);
    await waitFor(async () => {
      const { json: page } = await deployment().api("GET", "/api/audit?limit=500");
      return page.items.filter(({ target }: Json) => target === eventId).length === 6 ? true : null;
    });
    const actions = (await json("audit", "list", "--limit", "500")).filter(({ target }) => target === eventId);
    expect(actions.map(({ action, actor }) => [action, actor])).toEqual([
      ["event.received", "stripe"],
      ["event.attempted", "processor"],
      ["event.processed", "stripe"],
      ["event.replayed", "cli"],
      ["event.attempted", "processor"],
      ["event.processed", "stripe"],
    ]);
    expect(actions[5]).toMatchObject({ prevHash: null, hash: null, changed: expect.arrayContaining(["pending"]) });
    const [before, last] = [actions[4], actions[5]];
    expect(Number(last?.seq)).toBeGreaterThan(Number(before?.seq));
    expect(await json("audit", "list", "--after", String(before?.seq), "--limit", "1")).toEqual([last]);
  });

  it("shows and redrives dead letters", async () => {
    const ids = [
      await sent(fresh("evt_dead"), fresh("pi"), "dead"),
      await sent(fresh("evt_dead"), fresh("pi"), "dead"),
    ];
    const processed = await sent(fresh("evt"), fresh("pi"), "processed");
    const list = await onStack("dead-letters", "list");
    for (const id of ids) expect(list.stdout).toContain(id);
    expect(list.stdout).toContain("the ledger is closed");
    expect((await onStack("dead-letters", "redrive", processed)).code).toBe(1);
    const all = await json("dead-letters", "redrive", "--all", "--yes");
    expect([...((all[0]?.queued ?? []) as string[])].sort()).toEqual([...ids].sort());
    for (const id of ids) {
      await waitFor(async () => {
        const { json: event } = await deployment().api("GET", `/api/events/${encodeURIComponent(id)}`);
        return event.status === "dead" && event.attempts.length === 2 ? true : null;
      });
    }
  });

  it("deletes an event, its archived copy too, and alerts; its numbers are those of the tables", async () => {
    const eventId = await sent(fresh("evt_dead"), fresh("pi"), "dead");
    const copies = async () =>
      [...(await deployment().archive()).keys()].filter((key) => key.endsWith(`/${eventId.split(":")[1]}.json`));
    await waitFor(async () => ((await copies()).length === 1 ? true : null));
    expect((await onStack("events", "delete", eventId)).stdout).toBe(`deleted ${eventId}\n`);
    expect(await copies()).toEqual([]);
    await alertOf(deployment(), "event.deleted", eventId);
    const [destinations, stats] = await Promise.all([onStack("destinations", "list"), onStack("stats")]);
    expect([destinations.code, destinations.stdout, destinations.stderr]).toEqual([0, "", "nothing found\n"]);
    expect(stats.stdout).toMatch(/^now\.backlog +0\nnow\.oldestPendingSeconds +0\nnow\.deadLetters +2$/m);
    expect(stats.stderr).toContain("CloudWatch");
  });

  it("ends with 4 when there is no such stack, and with 2 when it is something else", async () => {
    aws().cloudFormation.put("website", { BucketName: "website" });
    const { EnvironmentSuffix: _, ...unnamed } = outputs();
    aws().cloudFormation.put("without-logs", unnamed);
    aws().cloudFormation.put("without-table", { ...unnamed, EventsTableName: "none" });
    const [missing, other, logs, rejected] = await Promise.all(
      [
        "stats --stack none",
        "stats --stack website",
        "audit list --stack without-logs",
        "stats --stack without-table",
      ].map((line) => run(line.split(" "))),
    );
    expect(ending(missing)).toEqual([4, "strongroom: there is no stack none in this account and region\n"]);
    expect(ending(other)).toEqual([2, expect.stringContaining("no output EventsTableName")]);
    expect(ending(logs)).toEqual([2, expect.stringContaining("names no audit log")]);
    expect(ending(rejected)).toEqual([75, expect.stringMatching(/^strongroom: ResourceNotFoundException: .+\n$/)]);
  });

  it("says in one line what is missing of the caller's own set-up, and when AWS does not answer", async () => {
    const nowhere = `http://127.0.0.1:${await unusedPort()}`;
    const stats = (env: Readonly<Record<string, string>>) => run(["stats", "--stack", deployment().stackName], env);
    const [region, credentials, unreachable, tables] = await Promise.all([
      stats({ AWS_REGION: "" }),
      stats({ AWS_ACCESS_KEY_ID: "" }),
      stats({ AWS_ENDPOINT_URL_CLOUDFORMATION: nowhere }),
      stats({ AWS_ENDPOINT_URL_DYNAMODB: nowhere }),
    ]);
    expect(ending(region)).toEqual([2, expect.stringMatching(/^strongroom: no AWS region: .+\n$/)]);
    expect(ending(credentials)).toEqual([2, expect.stringMatching(/^strongroom: no AWS credentials: .+\n$/)]);
    expect(ending(unreachable)).toEqual([75, "strongroom: cannot reach AWS: ECONNREFUSED\n"]);
    expect(ending(tables)).toEqual([75, "strongroom: cannot reach AWS: ECONNREFUSED\n"]);
  });

  it("says when AWS does not let the caller in", async () => {
    const refused = async (code: string, message: string, ...more: readonly string[]) => {
      aws().cloudFormation.refuse({ code, message });
      const ended = await onStack("stats", ...more);
      aws().cloudFormation.refuse(null);
      return ending(ended);
    };
    const denied =
      "User: arn:aws:iam::000000000000:user/eve is not authorized to perform: cloudformation:DescribeStacks";
    expect(await refused("AccessDenied", denied)).toEqual([75, `strongroom: not allowed: ${denied}\n`]);
    const expired = "The security token included in the request is expired";
    const [code, line] = await refused("ExpiredToken", expired, "--json");
    expect([code, JSON.parse(String(line))]).toEqual([2, { error: `AWS does not accept the credentials: ${expired}` }]);
  });

  function outputs(): Readonly<Record<string, string>> {
    return aws().cloudFormation.outputs(deployment().stackName);
  }
});

function ending(ended: Ended | undefined): readonly [code: number | null | undefined, stderr: string | undefined] {
  return [ended?.code, ended?.stderr];
}
