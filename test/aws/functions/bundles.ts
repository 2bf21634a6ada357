import { constants, runInThisContext } from "node:vm";
import type { FunctionModule } from "../../support/aws/function-in-process.ts";

export type FunctionName = "receiver" | "processor" | "archiver" | "auditor" | "reconciler" | "authorizer";

/** The built function, as it is deployed. */
export function bundleOf(name: FunctionName): URL {
  return new URL(`../../../dist/lambda/${name}/index.mjs`, import.meta.url);
}

/** A fresh instance of the built function in this process: a cold start of its own. */
export async function loadBundle(name: FunctionName): Promise<FunctionModule> {
  const url = bundleOf(name);
  loads += 1;
  url.search = `?load=${loads}`;
  return (await importByNode(url.href)) as FunctionModule;
}

let loads = 0;

/** Node's own import: the test runner's would transform a megabyte of code first. */
const importByNode = runInThisContext("(url) => import(url)", {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as (url: string) => Promise<unknown>;
