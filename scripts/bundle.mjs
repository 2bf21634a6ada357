// Bundles programs that run without this package's dependencies: the SDK of AWS is in the bundle, not in the package.
import { build } from "esbuild";

/** @param {Record<string, string>} entries path below `outdir`, without its ending, to source file */
export async function bundle(entries, outdir, plugins = []) {
  await build({
    entryPoints: entries,
    outdir,
    plugins,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "esm",
    // Some packages are CommonJS and ask for Node's modules by require.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: "error",
  });
}

/** One folder for each Lambda function, `index.mjs` in it. */
export async function bundleFunctions(src, outdir) {
  const names = ["receiver", "processor", "archiver", "auditor", "reconciler", "authorizer"];
  await bundle(
    Object.fromEntries(names.map((name) => [`${name}/index`, `${src}/entrypoints/lambda/${name}.ts`])),
    outdir,
    [yamlApart],
  );
  // Beside each function that reads the configuration.
  const readers = ["receiver", "processor", "archiver", "authorizer"];
  await bundle(
    Object.fromEntries(readers.map((name) => [`${name}/read-yaml-config`, `${src}/config/build-function-config.ts`])),
    outdir,
  );
}

/**
 * YAML and schemas are most of a function's code, and a compiled configuration needs neither. In the same file they would
 * be parsed at every cold start.
 */
const yamlApart = {
  name: "yaml-apart",
  setup({ onResolve }) {
    onResolve({ filter: /\/build-function-config\.ts$/ }, () => ({ path: "./read-yaml-config.mjs", external: true }));
  },
};
