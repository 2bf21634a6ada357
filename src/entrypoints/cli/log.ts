import { type Logger, pino, stdTimeFunctions } from "pino";
import type { LogLevel } from "../../config/config.ts";

/** The process log on stderr: one JSON object a line, pretty when a person reads it. Never payload, never a secret. */
export async function openLog(level: LogLevel): Promise<Logger> {
  const options = {
    level,
    base: {},
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // Written at once: what a dying process says last is what matters.
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import("pino-pretty");
  return pino(options, pretty({ destination: 2, sync: true, translateTime: "SYS:HH:MM:ss.l" }));
}
