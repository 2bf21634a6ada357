#!/usr/bin/env node
import { endingOf } from "./exit.ts";
import { buildProgram } from "./program.ts";
import { jsonLine, visible } from "./terminal-text.ts";

// Node would open a debugger on this signal, next to payment secrets.
process.on("SIGUSR1", () => {});

// The reader of a pipe has seen enough: not a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  const { exitCode, lines } = endingOf(error);
  for (const line of lines) process.stderr.write(`${complaint(line)}\n`);
  process.exitCode = exitCode;
}

function complaint(line: string): string {
  return process.argv.includes("--json") ? jsonLine({ error: line }) : `strongroom: ${visible(line)}`;
}
