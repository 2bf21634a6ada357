import type { Feed, Notice } from "../feed.ts";

/**
 * What is published from now on, as server-sent events: `event` is the notice's kind, `data` the notice. A reader that
 * is too slow misses notices and is told how many (`event: missed`), so it can never make the inbox wait or grow.
 * Ends when `end` aborts or the reader goes away; `onEnd` is called once then.
 */
export function noticeStream(feed: Feed, end: AbortSignal, onEnd: () => void): ReadableStream<Uint8Array> {
  let stop = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const waiting: Notice[] = [];
        let missed = 0;
        const flush = () => {
          if ((controller.desiredSize ?? 0) <= 0 || (waiting.length === 0 && missed === 0)) return;
          const notices = waiting.splice(0).map((notice) => serverSentEvent(notice.kind, notice));
          if (missed > 0) notices.push(serverSentEvent("missed", { count: missed }));
          missed = 0;
          controller.enqueue(encoder.encode(notices.join("")));
        };
        const unsubscribe = feed.subscribe((notice) => {
          if (waiting.length < MAX_WAITING) waiting.push(notice);
          else missed++;
        });
        const flushing = setInterval(flush, FLUSH_MS);
        const beating = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": still here\n\n"));
        }, HEARTBEAT_MS);
        const finish = () => {
          stop();
          controller.close();
        };
        stop = () => {
          unsubscribe();
          clearInterval(flushing);
          clearInterval(beating);
          end.removeEventListener("abort", finish);
          onEnd();
        };
        controller.enqueue(encoder.encode("retry: 2000\n: connected\n\n"));
        if (end.aborted) finish();
        else end.addEventListener("abort", finish);
      },
      cancel: () => stop(),
    },
    { highWaterMark: 4 },
  );
}

const MAX_WAITING = 1000;
const FLUSH_MS = 50;
const HEARTBEAT_MS = 15_000;
const encoder = new TextEncoder();

function serverSentEvent(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
