import { expect, it } from "vitest";
import { load } from "../../test/config-folder.ts";
import { openSources } from "./sources.ts";

const env = { A: "whsec_a_0123456789", B: "whsec_b_0123456789" };
const text = `sources:
  one: { provider: stripe, secrets: ["\${env:A}"], tolerance: 1m }
  constructor: { provider: stripe, secrets: ["\${env:B}"] }
`;

it("opens every source with its provider, its settings and its own secrets", () => {
  const sources = openSources(load(text, env));
  expect([...sources.keys()]).toEqual(["one", "constructor"]);
  expect(sources.get("one")).toMatchObject({
    name: "one",
    provider: { name: "stripe" },
    settings: { tolerance: 60_000 },
  });
  expect(sources.get("constructor")?.secrets(Date.now())).toEqual([env.B]);
});

it("does not open a source of a provider that does not exist", () => {
  const config = load(text, env);
  const sources = { x: { name: "x", provider: "constructor", secrets: [], settings: {} } };
  expect(() => openSources({ ...config, sources })).toThrow("source x: there is no provider constructor");
});
