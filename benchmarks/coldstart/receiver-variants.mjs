// The receiver built in other ways than the one that is deployed, from the same sources.
import { symlinkSync } from "node:fs";
import { build } from "esbuild";

/** Builds them below `folder`. Each has a name and the file to be loaded. */
export async function buildVariants({ root, folder }) {
  // Where modules that are not bundled are found.
  symlinkSync(`${root}node_modules`, `${folder}/node_modules`, "dir");
  return Promise.all(
    Object.entries(VARIANTS).map(async ([name, { options, plugins = [] }], index) => {
      const file = `${folder}/variant-${index}.${options.format === "cjs" ? "cjs" : "mjs"}`;
      await build({
        entryPoints: [`${root}src/entrypoints/lambda/receiver.ts`],
        outfile: file,
        bundle: true,
        platform: "node",
        target: "node20",
        format: "esm",
        minify: true,
        logLevel: "error",
        banner: options.format === "cjs" ? {} : { js: REQUIRE },
        ...options,
        plugins: [yamlApart, ...plugins],
      });
      return { name, file };
    }),
  );
}

const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** As in the build: only a compiled configuration is read here. */
const yamlApart = {
  name: "yaml-apart",
  setup({ onResolve }) {
    onResolve({ filter: /\/build-function-config\.ts$/ }, () => ({ path: "./read-yaml-config.mjs", external: true }));
  },
};

/** The SDK's clients in place of the light ones. */
const sdkClients = {
  name: "sdk-clients",
  setup({ onLoad }) {
    onLoad({ filter: /\/adapters\/aws\/calls\/light-calls\.ts$/ }, () => ({
      loader: "ts",
      contents: `
        import { openDynamoDbCalls } from "./sdk-dynamodb.ts";
        import { openSecretsManagerCalls } from "./sdk-secrets-manager.ts";
        import { openSnsCalls } from "./sdk-sns.ts";
        import { openSqsCalls } from "./sdk-sqs.ts";
        const OPEN = { dynamodb: openDynamoDbCalls, secretsmanager: openSecretsManagerCalls, sns: openSnsCalls, sqs: openSqsCalls };
        export const openLightCalls = ({ service, region }) => OPEN[service]({ region });`,
    }));
  },
};

/** An import of one of Node's modules reads all its exports, some of which load more modules. */
const builtinsUnread = {
  name: "builtins-unread",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "builtin" }));
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

const VARIANTS = {
  "Node's modules not imported": { options: {}, plugins: [builtinsUnread] },
  "not minified": { options: { minify: false } },
  CommonJS: { options: { format: "cjs" } },
  "SDK in the bundle": { options: {}, plugins: [sdkClients] },
  "SDK in the bundle, CommonJS": { options: { format: "cjs" }, plugins: [sdkClients] },
  "SDK from node_modules": { options: { external: ["@aws-sdk/*"] }, plugins: [sdkClients] },
};
