import { statSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { acknowledged, fresh, settled, waitFor } from "./asking.ts";
import type { Deployment } from "./deployment.ts";
import { type EmbeddedDeployment, filesIn } from "./embedded-deployment.ts";
import { SECRETS } from "./sources.ts";

// Test numbers of the card schemes.
const CARDS = ["4242424242424242", "5555555555554444", "378282246310005"] as const;
const SECURITY_CODE = "9071";

/** What is kept, said and logged. Runs last, when there is something of everything. */
export function secrecyScenarios(
  deployment: () => Deployment & {
    /** Everything that was written anywhere, log lines included, by its place. */
    written(): Promise<ReadonlyMap<string, Buffer>>;
  },
  more: { readonly secrets?: Readonly<Record<string, string>>; readonly id?: string } = {},
): void {
  describe("secrets and card numbers", () => {
    it("are in nothing that is kept, no log line and no answer", async () => {
      const { send } = deployment();
      const id = fresh(more.id ?? "evt");
      const [visa, mastercard, amex] = CARDS;
      const card = {
        note: `paid with ${visa.replace(/.{4}(?=.)/g, "$& ")}`,
        card_number: mastercard,
        [`card ${amex}`]: true,
        cvc: SECURITY_CODE,
      };
      const edit = (body: string) => JSON.stringify({ ...JSON.parse(body), metadata: card });
      const taken = acknowledged(await send("stripe", "payment.succeeded", { id, edit }));
      await send("stripe", "payment.succeeded", { id, edit, amountMinor: 5 });
      await send("generic", "payment.succeeded", { edit });
      await send("stripe", "payment.succeeded", { edit, occurredAt: Date.now() + 3_600_000 });
      await send("stripe", "payment.succeeded", { edit, tamper: "secret" });
      const event = await settled(deployment(), taken);
      // It is the card that is gone, not the event.
      expect(event).toMatchObject({ redacted: true, payload: { id, metadata: { card_number: "555555******4444" } } });
      if (event.status === "dead") await waitFor(async () => archived(taken));

      const needles = [
        ...Object.values({ ...SECRETS, ...more.secrets }),
        ...CARDS,
        visa.replace(/.{4}(?=.)/g, "$& "),
        SECURITY_CODE.padStart(5, '"'),
      ];
      const places = new Map(await deployment().written());
      for (const path of await everyPath()) places.set(path, Buffer.from((await deployment().api("GET", path)).text));
      const found = [...places].flatMap(([place, bytes]) =>
        needles.filter((needle) => bytes.includes(needle)).map((needle) => `${needle} in ${place}`),
      );
      expect(found).toEqual([]);
      // Where the event is, the search would have found it.
      expect([...places].filter(([, bytes]) => bytes.includes(id)).length).toBeGreaterThanOrEqual(3);
    });
  });

  async function archived(eventId: string): Promise<true | null> {
    return [...(await deployment().archive()).values()].some((text) => text.includes(eventId)) ? true : null;
  }

  /** Everything that can be read, each event and transaction included. */
  async function everyPath(): Promise<string[]> {
    const items = async (path: string) => (await deployment().api("GET", `${path}?limit=500`)).json.items;
    const events = (await items("/api/events")).map(({ eventId }: { eventId: string }) => encodeURIComponent(eventId));
    const transactions = (await items("/api/transactions")).map(
      ({ transactionId }: { transactionId: string }) => `/api/transactions/${encodeURIComponent(transactionId)}`,
    );
    return [
      "/",
      "/metrics",
      "/readyz",
      "/api/stats",
      "/api/openapi.json",
      ...["events", "transactions", "dead-letters", "rejections", "audit"].map((name) => `/api/${name}?limit=500`),
      ...events.flatMap((id: string) => [`/api/events/${id}`, `/api/events/${id}/raw`]),
      ...transactions,
    ];
  }
}

/** The rights of what the embedded store writes. */
export function fileModeScenarios(deployment: () => EmbeddedDeployment): void {
  it("what is kept is readable for nobody else: files are 0600, directories 0700", () => {
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
    const files = [...filesIn(deployment().dataDir).keys()];
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((file) => modeOf(file) !== "600")).toEqual([]);
    expect([...new Set(files.map(dirname))].filter((folder) => modeOf(folder) !== "700")).toEqual([]);
  });
}
