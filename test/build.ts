import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds once before the tests that start what is in `dist`: threads, child processes, the command line. */
export default function setup(): void {
  if (process.env.STRONGROOM_PREBUILT === "1") return;
  const script = fileURLToPath(new URL("../scripts/build.mjs", import.meta.url));
  const { status } = spawnSync(process.execPath, [script], { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error("the build failed; with STRONGROOM_PREBUILT=1 the tests take dist as it is");
}
