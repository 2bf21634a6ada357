import type { OutputMode } from "../output.ts";

/** What a person sees while the demo runs, on stderr; nothing with `--quiet` and with `--json`. */
export interface Progress {
  /** A line that stays. */
  say(line: string): void;
  /** How many deliveries of `total` came to their end. */
  update(done: number, total: number): void;
  end(): void;
}

const LINE_EVERY_MS = 2000;
const BAR_EVERY_MS = 50;
const BAR_WIDTH = 40;

/** A bar on a terminal; elsewhere a plain line from time to time. */
export function openProgress({ json, quiet }: OutputMode, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (json || quiet) return { say() {}, update() {}, end() {} };
  return stream.isTTY ? openBar(stream) : openLines(stream);
}

function openBar(stream: NodeJS.WriteStream): Progress {
  let bar = "";
  let last = Number.NEGATIVE_INFINITY;
  const erase = "\r\x1b[2K";
  return {
    say: (line) => void stream.write(`${erase}${line}\n${bar}`),
    update(done, total) {
      if (done < total && performance.now() - last < BAR_EVERY_MS) return;
      last = performance.now();
      const filled = Math.floor((done / total) * BAR_WIDTH);
      bar = `  [${"#".repeat(filled).padEnd(BAR_WIDTH, ".")}] ${done} of ${total}`;
      stream.write(`${erase}${bar}`);
    },
    end() {
      bar = "";
      stream.write(erase);
    },
  };
}

function openLines(stream: NodeJS.WriteStream): Progress {
  let last = performance.now();
  return {
    say: (line) => void stream.write(`${line}\n`),
    update(done, total) {
      if (done < total && performance.now() - last < LINE_EVERY_MS) return;
      last = performance.now();
      stream.write(`  ${done} of ${total} deliveries done\n`);
    },
    end() {},
  };
}
