import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { configFileIn, type InboxConfig, spawnInbox, writeInboxConfig } from "../../support/inbox-process.ts";
import { runCli } from "../../support/run-cli.ts";
import { eventPath, fresh, waitFor } from "./asking.ts";
import { ownFolder, STRIPE_SECRET, STRIPE_SOURCE, startOwnInbox } from "./own-inbox.ts";
import { openConnection, rawDelivery, rawDeliveryInParts } from "./raw-delivery.ts";
import { readAnswer } from "./sender.ts";

const NEXT_SECRET = "whsec_canaryRotated8899aabbccddeeff";
const PATIENT = 60_000;

/** The process itself: how it starts, reloads, refuses and stops. */
export function processScenarios(): void {
  describe("the process", () => {
    it(
      "says once that it is ready, on the ports that it took",
      async () => {
        const { inbox } = await startOwnInbox({});
        expect(JSON.parse(inbox.output().stdout)).toEqual({
          event: "ready",
          ingest: expect.stringMatching(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/),
          admin: expect.stringMatching(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/),
          pid: inbox.pid,
        });
        expect(inbox.ingestUrl).not.toBe(inbox.adminUrl);
        expect((await fetch(`${inbox.ingestUrl}/livez`)).status).toBe(200);
      },
      PATIENT,
    );

    it(
      "finishes what it has begun when it is told to stop, takes nothing new, and ends with 0",
      async () => {
        const folder = ownFolder();
        writeFileSync(join(folder, "handler.mjs"), SLOW_HANDLER);
        const gate = join(folder, "gate");
        const config = { processor: { handler: join(folder, "handler.mjs"), handlerTimeout: "20s" } };
        const { inbox } = await startOwnInbox(config, { env: { GATE: gate }, folder });
        const handled = fresh("evt");
        const early = await openConnection(inbox);
        early.send(rawDelivery(handled, STRIPE_SECRET));
        await early.until(/"received":true/);
        await waitFor(() => (inbox.output().stderr.includes("handler called") ? true : null));

        const late = fresh("evt");
        const half = await openConnection(inbox);
        const { head, body } = rawDeliveryInParts(late, STRIPE_SECRET);
        half.send(head);
        await half.until(/100 Continue/);
        half.send(body.subarray(0, 20));
        const stopped = inbox.stop("SIGTERM");
        await waitFor(async () => ((await fetch(`${inbox.adminUrl}/readyz`)).status === 503 ? true : null));
        expect(await refuses(inbox.ingestUrl)).toBe(true);
        half.send(body.subarray(20));
        expect(await half.until(/"received":true/)).toMatch(/\r\nHTTP\/1\.1 200 /);
        writeFileSync(gate, "");
        expect(await stopped).toMatchObject({ code: 0 });

        const again = await spawnInbox({ folder, env: { STRIPE: STRIPE_SECRET, GATE: gate } }).ready;
        onTestFinished(async () => void (await again.stop("SIGKILL")));
        const event = (await readAnswer(await fetch(`${again.adminUrl}${eventPath(`stripe:${handled}`)}`))).json;
        expect(event).toMatchObject({ status: "processed", attempts: [{ n: 1, outcome: "succeeded" }] });
        const kept = await waitFor(async () => {
          const { json } = await readAnswer(await fetch(`${again.adminUrl}${eventPath(`stripe:${late}`)}`));
          return json.status === "processed" ? json : null;
        });
        expect(kept.copies).toBe(1);
      },
      PATIENT,
    );

    it(
      "leaves a data directory alone that another process holds, with 75 and nothing on stdout",
      async () => {
        const { inbox, folder } = await startOwnInbox({});
        const second = await runCli(["start", "--config", configFileIn(folder)], { env: { STRIPE: STRIPE_SECRET } });
        expect({ code: second.code, stdout: second.stdout }).toEqual({ code: 75, stdout: "" });
        const connection = await openConnection(inbox);
        connection.send(rawDelivery(fresh("evt"), STRIPE_SECRET));
        expect(await connection.until(/"received":true/)).toMatch(/^HTTP\/1\.1 200 /);
      },
      PATIENT,
    );

    it(
      "takes over a rotated secret on SIGHUP without dropping a connection, and keeps the old ones if it cannot",
      async () => {
        const folder = ownFolder();
        const file = join(folder, "stripe.secret");
        writeFileSync(file, `${STRIPE_SECRET}\n`);
        const sources = { stripe: { provider: "stripe", secrets: [`\${file:${file}}`] } };
        const { inbox } = await startOwnInbox({ sources }, { folder });
        const connection = await openConnection(inbox);
        const answers = async (secret: string) => {
          connection.send(rawDelivery(fresh("evt"), secret));
          return (await connection.next()).status;
        };
        expect([await answers(STRIPE_SECRET), await answers(NEXT_SECRET)]).toEqual([200, 401]);
        const reload = async (text: string, said: string) => {
          writeFileSync(file, text);
          process.kill(inbox.pid, "SIGHUP");
          await waitFor(() => (inbox.output().stderr.includes(said) ? true : null));
        };
        await reload(NEXT_SECRET, "configuration reloaded");
        expect([await answers(STRIPE_SECRET), await answers(NEXT_SECRET)]).toEqual([401, 200]);
        await reload("short", "sources.stripe.secrets[0]");
        expect(await answers(NEXT_SECRET)).toBe(200);
        expect(inbox.output().stderr).not.toContain(NEXT_SECRET);
      },
      PATIENT,
    );
  });

  describe("a wrong configuration", () => {
    const wrong = (over: InboxConfig): InboxConfig => ({ sources: STRIPE_SOURCE, ...over });
    const CANARY = "canary-value-that-nobody-may-see";

    it.each([
      [
        "a literal secret",
        { sources: { stripe: { provider: "stripe", secrets: [CANARY] } } },
        "sources.stripe.secrets[0]",
      ],
      [
        "an unset secret",
        { sources: { stripe: { provider: "stripe", secrets: ["${env:ABSENT}"] } } },
        "sources.stripe.secrets[0]",
      ],
      [
        "a blank secret",
        { sources: { stripe: { provider: "stripe", secrets: ["${env:BLANK}"] } } },
        "sources.stripe.secrets[0]",
      ],
      [
        "a short secret",
        { sources: { stripe: { provider: "stripe", secrets: ["${env:SHORT}"] } } },
        "sources.stripe.secrets[0]",
      ],
      ["an unknown key", { log: { colour: CANARY } }, "log.colour"],
      ["a handler that is not there", { processor: { handler: `./${CANARY}.mjs` } }, "processor.handler"],
      ["an admin listener for everyone without a token", { server: { admin: { host: "0.0.0.0" } } }, "server.admin"],
    ])(
      "with %s ends with 78 before a port opens, and names the key, not the value",
      async (_, over, path) => {
        const folder = ownFolder();
        const taken = await takenPort();
        const { ingest, ...server } = { ingest: {}, ...(over as InboxConfig).server };
        // Whoever tried to listen there would fail in another way.
        writeInboxConfig({
          folder,
          config: wrong({ ...over, server: { ...server, ingest: { ...ingest, port: taken } } }),
        });
        const env = { STRIPE: STRIPE_SECRET, BLANK: " ".repeat(32), SHORT: "canary-short" };
        const { code, stdout, stderr } = await runCli(["start", "--config", configFileIn(folder)], { env });
        expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
        expect(stderr).toContain(path);
        expect(stderr).not.toMatch(/canary-value|canary-short/);
      },
      PATIENT,
    );
  });
}

/** Tells when it is called, and comes back once the gate is there. */
const SLOW_HANDLER = `
import { existsSync } from "node:fs";
export async function onEvent(event, { log }) {
  log.info("handler called");
  while (!existsSync(process.env.GATE)) await new Promise((resolve) => setTimeout(resolve, 20));
}
`;

function refuses(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });
}

/** A port that somebody else listens on until the test is over. */
async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
