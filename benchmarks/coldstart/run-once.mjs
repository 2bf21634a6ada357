import { spawn } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";

const LONGEST_MS = 30_000;
/** Before its end comes the line of a bundle, which is very long. */
const LAST_CHARACTERS = 1_500;

/** Runs a fresh process to its end. `wallMs`: from spawning it to its exit; `report`: what it wrote to descriptor 3. */
export async function runOnce(node, args, { env, cwd }) {
  const begun = performance.now();
  const child = spawn(node, args, { env, cwd, stdio: ["ignore", "ignore", "pipe", "pipe"], timeout: LONGEST_MS });
  const ended = once(child, "exit").then(([status, signal]) => ({ status, signal, wallMs: performance.now() - begun }));
  const [{ status, signal, wallMs }, errors, report] = await Promise.all([
    ended,
    ...[2, 3].map((n) => read(child.stdio[n])),
  ]);
  if (status !== 0) throw new Error(`ended with ${signal ?? status}: ${errors.slice(-LAST_CHARACTERS)}`);
  return { wallMs, report: report === "" ? null : JSON.parse(report) };
}

async function read(stream) {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}
