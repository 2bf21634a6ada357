import type { PublishCommandInput } from "@aws-sdk/client-sns";
import { beforeEach, describe, expect, it } from "vitest";
import type { SnsCalls } from "../calls/aws-calls.ts";
import { openTopicAlerts, type TopicAlerts } from "./alerts.ts";

const AT = "2026-01-15T10:30:00.000Z";
const TOPIC = "arn:aws:sns:us-east-1:000000000000:alerts";

let published: PublishCommandInput[];
let lines: string[];
let elapsed: number;
beforeEach(() => {
  published = [];
  lines = [];
  elapsed = 0;
});

/** A topic that takes everything, unless `answer` says otherwise. */
function open(over: { topicArn?: string | null; answer?: () => Promise<unknown> } = {}): TopicAlerts {
  const sns = (async (_operation: string, input: PublishCommandInput) => {
    published.push(input);
    return over.answer?.();
  }) as unknown as SnsCalls;
  const to = (level: string) => (_: object, message: string) => {
    lines.push(`${level} ${message}`);
  };
  return openTopicAlerts({
    sns,
    topicArn: over.topicArn === undefined ? TOPIC : over.topicArn,
    log: { info: to("info"), warn: to("warn"), error: to("error") },
    clock: { now: () => Date.parse(AT), monotonic: () => elapsed },
  });
}

const details = () => published.map(({ Message }) => (JSON.parse(Message ?? "") as { detail: string }).detail);

describe("an alert for the topic", () => {
  it("goes out at once with exactly its four keys, its kind to filter by, and a subject", async () => {
    open().raise("event.dead", "stripe:evt_1", "3 attempts\nfailed");
    expect(published).toEqual([
      {
        TopicArn: TOPIC,
        Subject: "Strongroom: event.dead stripe:evt_1",
        Message: JSON.stringify({ kind: "event.dead", at: AT, target: "stripe:evt_1", detail: "3 attempts failed" }),
        MessageAttributes: { kind: { DataType: "String", StringValue: "event.dead" } },
      },
    ]);
    expect(lines).toEqual(["warn 3 attempts failed"]);
  });

  it("has a subject that SNS takes, whatever the event is called", () => {
    open().raise("event.conflict", `shop:é\r\nBcc: x\u{1F4A5}${"y".repeat(200)}`, "d");
    expect(published[0]?.Subject).toMatch(/^Strongroom: event\.conflict shop:\? Bcc: x\?y+$/);
    expect(published[0]?.Subject).toHaveLength(99);
  });

  it("that has to be told is sent however many there were, and whoever tells it learns when nobody was told", async () => {
    const alerts = open();
    await alerts.tell("event.dead", "stripe:evt_1", "first");
    await alerts.tell("event.dead", "stripe:evt_1", "second");
    expect(details()).toEqual(["first", "second"]);
    const deaf = open({ answer: () => Promise.reject(new Error("down")) });
    await expect(deaf.tell("event.dead", "stripe:evt_1", "third")).rejects.toThrow("down");
    await expect(open({ topicArn: null }).tell("event.dead", "stripe:evt_1", "for the log")).resolves.toBeUndefined();
    expect(lines).toContain("warn for the log");
  });

  it("is waited for by flush, those too that are raised while it waits", async () => {
    const release: (() => void)[] = [];
    const alerts = open({ answer: () => new Promise<void>((resolve) => release.push(resolve)) });
    alerts.raise("event.dead", "a", "first");
    let flushed = false;
    const flushing = alerts.flush().then(() => {
      flushed = true;
    });
    alerts.raise("event.dead", "b", "second");
    release.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(flushed).toBe(false);
    release.shift()?.();
    await flushing;
    expect(details()).toEqual(["first", "second"]);
  });

  it("that cannot be sent is logged and stops nothing", async () => {
    const refusal = Object.assign(new Error("arn:… is secret"), { name: "AuthorizationErrorException" });
    const alerts = open({ answer: () => Promise.reject(refusal) });
    alerts.raise("store.full", "store", "no space");
    await expect(alerts.flush()).resolves.toBeUndefined();
    expect(lines).toEqual(["warn no space", "error alert not sent: AuthorizationErrorException"]);
  });

  it("is only logged where there is no topic", async () => {
    const alerts = open({ topicArn: null });
    alerts.raise("event.dead", "a", "d");
    await alerts.flush();
    expect([published, lines]).toEqual([[], ["warn d"]]);
  });
});

describe("a flood of alerts", () => {
  it("about one target becomes the first, and after a minute one that counts the rest", async () => {
    const alerts = open();
    for (let n = 0; n < 50; n++) alerts.raise("auth.failures", "stripe", `failure ${n}`);
    await alerts.flush();
    expect(details()).toEqual(["failure 0"]);
    elapsed = 60_000;
    await alerts.flush();
    expect(details()).toEqual(["failure 0", "failure 49 (+48 more)"]);
    alerts.raise("auth.failures", "stripe", "within the next minute");
    expect(details()).toHaveLength(2);
    elapsed = 120_000;
    alerts.raise("store.full", "store", "another");
    expect(details().slice(2)).toEqual(["within the next minute", "another"]);
  });

  it("that is over lets the next one out at once", async () => {
    const alerts = open();
    alerts.raise("event.dead", "a", "one");
    elapsed = 60_000;
    alerts.raise("event.dead", "a", "two");
    expect(details()).toEqual(["one", "two"]);
  });

  it("does not hide another kind or another target", () => {
    const alerts = open();
    alerts.raise("event.dead", "a", "1");
    alerts.raise("event.dead", "b", "2");
    alerts.raise("event.conflict", "a", "3");
    expect(details()).toEqual(["1", "2", "3"]);
  });
});
