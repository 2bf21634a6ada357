// Bundles the program: the command line, and the files that it starts as threads and processes. Loading hundreds of files
// one by one was most of what a start cost. Not minified, so that stack traces name functions and lines can be read; a
// comment above each part names its file.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { build } from "esbuild";

/** By the name of the bundle, where it is found: the paths that tests, benchmarks, package.json and the program itself use. */
const ENTRIES = {
  main: "entrypoints/cli/main",
  "store-worker": "adapters/embedded/sqlite/store-worker",
  "handler-host": "adapters/embedded/handler/handler-host",
};

/** Writes `{dist}/program/`, and in place of what the compiler made of each entry a line that loads its bundle. */
export async function bundleProgram(src, dist) {
  await build({
    entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, `${src}/${path}.ts`])),
    outdir: `${dist}/program`,
    outExtension: { ".js": ".mjs" },
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    // Compiled code, and optional.
    external: ["better-sqlite3"],
    plugins: [placesOf(src)],
    // Some packages are CommonJS and ask for Node's modules by require.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    logLevel: "warning",
  });
  for (const [name, path] of Object.entries(ENTRIES)) {
    const bundle = relative(dirname(path), `program/${name}.mjs`);
    const hashbang = name === "main" ? "#!/usr/bin/env node\n" : "";
    writeFileSync(`${dist}/${path}.js`, `${hashbang}import "${bundle}";\n`);
  }
}

/** What a file finds by `import.meta.url` it finds from where the compiler puts it, whichever bundle its code is in. */
function placesOf(src) {
  return {
    name: "places",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const code = readFileSync(path, "utf8");
        const place = JSON.stringify(`../${relative(src, path).replace(/\.ts$/, ".js")}`);
        const contents = code.replaceAll("import.meta.url", `new URL(${place}, import.meta.url).href`);
        return { contents, loader: "ts" };
      });
    },
  };
}
