import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Who may import what: the linter's configuration has to say the same. */
const LAYERS = [
  "domain",
  "ports",
  "providers",
  "pipeline",
  "adapters/embedded",
  "adapters/aws",
  "http",
  "config",
  "entrypoints",
  "infra",
];
const MODULES = [
  "node:crypto",
  "node:fs",
  "node:fs/promises",
  "node:http",
  "hono",
  "hono/http-exception",
  "zod",
  "yaml",
  "pino",
  "prom-client",
  "better-sqlite3",
  "@aws-sdk/client-sqs",
];
const TABLE: Readonly<Record<string, { readonly layers: readonly string[]; readonly modules: readonly string[] }>> = {
  domain: { layers: [], modules: [] },
  ports: { layers: ["domain"], modules: [] },
  providers: { layers: ["domain"], modules: ["node:crypto"] },
  pipeline: { layers: ["domain", "ports"], modules: [] },
  "adapters/embedded": {
    layers: ["domain", "ports"],
    modules: ["node:crypto", "node:fs", "node:fs/promises", "node:http", "better-sqlite3"],
  },
  "adapters/aws": {
    layers: ["domain", "ports"],
    modules: ["node:crypto", "node:fs", "node:fs/promises", "node:http", "@aws-sdk/client-sqs"],
  },
  http: {
    layers: ["pipeline", "providers", "ports", "domain"],
    modules: ["node:crypto", "node:http", "hono", "hono/http-exception", "prom-client"],
  },
  config: {
    layers: ["domain", "providers"],
    modules: ["node:crypto", "node:fs", "node:fs/promises", "node:http", "zod", "yaml"],
  },
  entrypoints: { layers: LAYERS.filter((layer) => layer !== "infra"), modules: MODULES },
};
/** Every folder under `src` that holds code, the root as an empty text. */
const FOLDERS = [
  ...new Set(
    readdirSync(join(root, "src"), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => relative(join(root, "src"), entry.parentPath)),
  ),
];

interface Case {
  readonly file: string;
  readonly code: string;
  readonly allowed: boolean;
}

/** Every folder against every layer and module. */
const matrix: readonly Case[] = Object.entries(TABLE).flatMap(([layer, { layers, modules }]) =>
  foldersOf(layer).flatMap((folder) => [
    ...LAYERS.map((target) => ({
      file: `src/${folder}/to-${target.replace("/", "-")}.ts`,
      code: `export { x } from "${relativePath(folder, target)}/x.ts";\n`,
      allowed: target === layer || layers.includes(target),
    })),
    ...MODULES.map((module) => ({
      file: `src/${folder}/to-${module.replace(/\W/g, "-")}.ts`,
      code: `export * as x from "${module}";\n`,
      allowed: modules.includes(module),
    })),
  ]),
);

/** Every way to write the same forbidden import. */
const FORMS = {
  value: 'import { x } from "../config/load.ts";\nexport const y = x;',
  type: 'import type { X } from "../config/load.ts";\nexport type Y = X;',
  "inline-type": 'import { type X } from "../config/load.ts";\nexport type Y = X;',
  "side-effect": 'import "../config/load.ts";',
  "export-all": 'export * from "../config/load.ts";',
  "export-type": 'export type { X } from "../config/load.ts";',
  dynamic: 'export const x = await import("../config/load.ts");',
  "import-type": 'export type X = import("../config/load.ts").X;',
  "import-type-of-a-module": 'export type X = import("zod").ZodType;',
  "detour-through-here": 'export { x } from "../config/load.ts";',
  "detour-through-a-layer": 'export { x } from "../config/load.ts";',
  "detour-through-a-folder": 'export { x } from "../config/load.ts";',
};
const forms: readonly Case[] = Object.entries(FORMS).flatMap(([name, code]) =>
  ["pipeline", "http"].map((layer) => ({ file: `src/${layer}/form-${name}.ts`, code: `${code}\n`, allowed: false })),
);

const others: readonly Case[] = [
  { file: "src/http/config-types.ts", code: 'export type { C } from "../config/config.ts";\n', allowed: true },
  { file: "src/http/admin/config-types.ts", code: 'export type { C } from "../../config/config.ts";\n', allowed: true },
  { file: "src/pipeline/config-types.ts", code: 'export type { C } from "../config/config.ts";\n', allowed: false },
  { file: "src/domain/same-folder-type.ts", code: 'export type X = import("./money.ts").X;\n', allowed: true },
  { file: "src/http/admin/parent.ts", code: 'export { x } from "../series.ts";\n', allowed: true },
  { file: "src/adapters/embedded/sqlite/sibling.ts", code: 'export { x } from "../archive/x.ts";\n', allowed: true },
  { file: "src/adapters/embedded/sqlite/parent.ts", code: 'export { x } from "../x.ts";\n', allowed: true },
  { file: "src/adapters/embedded/sqlite/adapter.ts", code: 'export { x } from "../../aws/x.ts";\n', allowed: false },
  { file: "src/domain/package-entry.ts", code: 'export { x } from "../index.ts";\n', allowed: false },
  { file: "src/adapters/embedded/another-adapter.ts", code: 'export { x } from "../aws/x.ts";\n', allowed: false },
  { file: "src/new-layer/nothing.ts", code: 'export { x } from "./x.ts";\n', allowed: false },
  { file: "src/domain/anything.test.ts", code: 'import "../adapters/embedded/x.ts";\n', allowed: true },
  { file: "src/index.ts", code: 'export { x } from "./pipeline/x.ts";\n', allowed: true },
  { file: "src/entry.ts", code: 'export { x } from "./infra/x.ts";\n', allowed: false },
];

const cases = [...matrix, ...forms, ...others];

describe("the layer table, as the linter enforces it", () => {
  let folder: string;
  let refused: ReadonlySet<string>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "strongroom-layers-"));
    for (const name of ["biome.json", "scripts/import-types.grit"]) copy(name);
    for (const { file, code } of cases) write(file, code);
    refused = lint(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has a row for every folder that holds code", () => {
    const known = ["", ...Object.keys(TABLE).flatMap(foldersOf)];
    expect(FOLDERS.filter((folder) => !known.includes(folder))).toEqual([]);
    expect(FOLDERS).toContain("adapters/embedded/sqlite");
  });

  it.each(cases.filter(({ allowed }) => allowed))("lets $file have $code", ({ file }) => {
    expect(refused.has(file)).toBe(false);
  });

  it.each(cases.filter(({ allowed }) => !allowed))("refuses $file $code", ({ file }) => {
    expect(refused.has(file)).toBe(true);
  });

  function copy(name: string): void {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(root, name), join(folder, name));
  }

  function write(file: string, code: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), code);
  }
});

function foldersOf(layer: string): readonly string[] {
  return [...new Set([layer, ...FOLDERS.filter((folder) => folder.startsWith(`${layer}/`))])];
}

function relativePath(folder: string, layer: string): string {
  const path = relative(join("/src", folder), join("/src", layer));
  return path === "" ? "." : path;
}

/** The files that the linter refuses because of what they import. */
function lint(folder: string): ReadonlySet<string> {
  const report = join(folder, "report.json");
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const options = ["--vcs-enabled=false", "--max-diagnostics=none", "--reporter=json", `--reporter-file=${report}`];
  const { stderr } = spawnSync(process.execPath, [biome, "lint", ...options, "src"], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(readFileSync(report, "utf8")) as {
    diagnostics: readonly {
      readonly category: string;
      readonly severity: string;
      readonly location: { readonly path: string };
    }[];
  };
  if (diagnostics.length === 0) throw new Error(`the linter found nothing at all: ${stderr}`);
  return new Set(
    diagnostics
      .filter(({ severity }) => severity === "error")
      .filter(({ category }) => category === "lint/style/noRestrictedImports" || category === "plugin")
      .map(({ location }) => relative(folder, join(folder, location.path))),
  );
}
