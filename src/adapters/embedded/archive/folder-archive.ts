import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import type { Archive, ArchiveRecord } from "../../../ports/archive.ts";
import { ensureDirectory, writeDurableFile } from "./durable-file.ts";

const MAX_NAME_BYTES = 200;
const KEPT_NAME_BYTES = 150;

/** Keeps each record as one JSON file under `dir` (absolute); the key is its path there. */
export function openFolderArchive(options: { readonly dir: string }): Archive {
  return {
    async write(record) {
      const key = archiveKey(record);
      try {
        const folders = key.split("/").slice(0, -1);
        const directory = await ensureDirectory(options.dir, folders);
        await writeDurableFile(join(directory, basename(key)), contentOf(record));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? "unknown fault";
        throw new Error(`archive: ${key} was not written (${code})`, { cause: error });
      }
      return key;
    },
  };
}

/**
 * `{source}/{yyyy}/{mm}/{dd}/{provider event id}.json`, the date being the receipt's in UTC. Every byte of the id outside
 * `[A-Za-z0-9._-]` is percent-encoded, a leading dot too; an encoded id over 200 bytes becomes its first 150, `-`, and
 * the first 32 hex digits of the id's SHA-256. Throws when the record is not one that the inbox can have made.
 */
export function archiveKey(record: Pick<ArchiveRecord, "eventId" | "source" | "receivedAt">): string {
  const { eventId, source } = record;
  if (!/^[a-z0-9-]{1,40}$/.test(source) || !eventId.startsWith(`${source}:`) || eventId.length === source.length + 1) {
    throw new Error("archive: the event id does not belong to the source");
  }
  return `${source}/${utcDate(record.receivedAt)}/${fileName(eventId.slice(source.length + 1))}.json`;
}

function utcDate(time: string): string {
  const at = Date.parse(time);
  const day = Number.isNaN(at) ? "" : new Date(at).toISOString().slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error("archive: the time of receipt is not a time");
  return day.replaceAll("-", "/");
}

function fileName(providerEventId: string): string {
  const id = Buffer.from(providerEventId, "utf8");
  let name = "";
  for (const byte of id) {
    const char = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9._-]/.test(char) && !(char === "." && name === "");
    name += plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  if (name.length <= MAX_NAME_BYTES) return name;
  const digest = createHash("sha256").update(id).digest("hex").slice(0, 32);
  return `${name.slice(0, KEPT_NAME_BYTES)}-${digest}`;
}

function contentOf(record: ArchiveRecord): string {
  const { eventId, source, provider, type, receivedAt, deadAt, attempts, bodySha256 } = record;
  const known = JSON.stringify({ eventId, source, provider, type, receivedAt, deadAt, attempts, bodySha256 });
  return `${known.slice(0, -1)},"payload":${payloadOf(record.payload)}}\n`;
}

// The provider's own text, so that no amount is rewritten by passing through a float.
function payloadOf(payload: Uint8Array | null): string {
  if (payload === null) return "null";
  const text = Buffer.from(payload).toString("utf8");
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
