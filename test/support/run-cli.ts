import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** The compiled command line; the suite's global set-up builds it. */
export const MAIN = fileURLToPath(new URL("../../dist/entrypoints/cli/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Running {
  readonly pid: number;
  /** What was written so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** The first whole line on stdout; rejects when the process ends before. */
  firstLine(): Promise<string>;
  /** Sends a signal and gives what the process ended with. */
  stop(signal: NodeJS.Signals): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

/** Runs a command to its end, in a process of its own, without a terminal. */
export function runCli(args: readonly string[], options: RunOptions): Promise<Ended> {
  return startCli(args, options).ended;
}

/** Starts a command that runs until it is stopped. */
export function startCli(args: readonly string[], { cwd, env }: RunOptions): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...foreignEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  return {
    pid: child.pid ?? 0,
    output: () => ({ stdout, stderr }),
    firstLine: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (stdout.includes("\n")) resolve(stdout.slice(0, stdout.indexOf("\n")));
        };
        child.stdout.on("data", look);
        void ended.then(() => reject(new Error(`it ended: ${stderr}`)));
        look();
      }),
    stop(signal) {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

/** A port on loopback where nobody listens. */
export async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** For an inbox that may run beside others. */
export const ANY_PORTS = { STRONGROOM_SERVER__INGEST__PORT: "0", STRONGROOM_SERVER__ADMIN__PORT: "0" };

/** Asks again until the answer is as wanted; the test's time limit is the limit. */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the tests' own environment has, without any Strongroom configuration. */
function foreignEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("STRONGROOM_")));
}
