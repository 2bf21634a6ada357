import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { providers } from "../../src/providers/index.ts";
import { bytesOf, normaliseBytes, type ProviderFixture, verifyCase } from "./provider-fixture.ts";

test("the fixture that CONTRIBUTING shows is whole and true", async () => {
  const page = readFileSync(new URL("../../CONTRIBUTING.md", import.meta.url), "utf8");
  const [, text = ""] = /```json\n([^`]+)```/.exec(page) ?? [];
  const fixture = JSON.parse(text) as ProviderFixture;
  const provider = providers.generic;
  if (provider === undefined) throw new Error("there is no provider generic");
  expect(await verifyCase(provider, fixture)).toMatchObject(fixture.verify);
  expect(normaliseBytes(provider, bytesOf(fixture), fixture)).toMatchObject(fixture.normalise ?? {});
  const changed = Buffer.from(bytesOf(fixture).toString().replace("19.99", "99.99"));
  expect(await verifyCase(provider, fixture, { body: changed })).toMatchObject({ kind: "forged" });
});
