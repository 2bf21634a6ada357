import { join } from "node:path";
import { checkStore } from "../adapters/embedded/sqlite/check-store.ts";
import { type CheckpointFile, readCheckpoint } from "../adapters/embedded/sqlite/checkpoint-file.ts";
import { DATABASE_FILE } from "../adapters/embedded/sqlite/store.ts";
import { linkHashHex } from "../adapters/embedded/sqlite/verify-chain.ts";
import type { StoreConfig } from "../config/build-config.ts";
import type { ConfigProblem } from "../domain/errors.ts";
import { type ChainReport, openChainCheck } from "../pipeline/audit.ts";
import type { Check } from "../ports/integrity.ts";
import { systemClock as clock } from "./clock.ts";
import {
  checkArchive,
  checkCheckpoint,
  checkClock,
  checkDisk,
  checkDriver,
  checkPermissions,
} from "./machine-checks.ts";

export interface Diagnosis {
  readonly ok: boolean;
  readonly dbPath: string;
  readonly checks: readonly Check[];
}

export interface Patient {
  readonly dataDir: string;
  /** Null when there is none, or none that is valid. */
  readonly config: StoreConfig | null;
  /** Why the configuration is not valid. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Looks at a store and at the machine around it, and changes nothing; an inbox may be running. Rejects with a
 * `StoreError` when the store cannot be opened.
 */
export async function diagnose(
  { dataDir, config, problems }: Patient,
  onProgress: (what: string, count: number) => void,
): Promise<Diagnosis> {
  const path = config?.store.auditCheckpoint ?? null;
  const file: CheckpointFile = path === null ? { kind: "absent" } : await readCheckpoint(path);
  // Before the store is opened, which makes files of its own where there are none.
  const permissions = await checkPermissions({ dataDir, archiveDir: config?.archive.dir ?? null, checkpoint: path });
  const chain = openChainCheck({
    linkHash: linkHashHex,
    checkpoint: file.kind === "checkpoint" ? file.checkpoint : null,
    keptMs: config?.store.retention.auditMs ?? null,
  });
  let newest: number | null = null;
  const [database, ...rest] = checkStore({
    dataDir,
    onProgress,
    onRecord(record) {
      newest = record.at;
      chain.add(record);
    },
  });
  const checks = [
    checkConfiguration(config, problems),
    checkDriver(),
    await checkDisk(dataDir, config?.store.minFreeDiskBytes ?? DEFAULT_FLOOR_BYTES),
    checkClock(clock.now(), newest),
    permissions,
    ...(config === null ? [] : [await checkArchive(config.archive.dir)]),
    ...(path === null ? [] : [await checkCheckpoint(path)]),
    ...(database === undefined ? [] : [database]),
    // Without a sound file there was no chain to look at.
    ...(rest.length === 0 ? [] : [checkAudit(chain.end(), file)]),
    ...rest,
  ];
  return { ok: checks.every((check) => check.ok), dbPath: join(dataDir, DATABASE_FILE), checks };
}

// What `store.minFreeDisk` is without a configuration.
const DEFAULT_FLOOR_BYTES = 64 * 2 ** 20;

function checkConfiguration(config: StoreConfig | null, problems: readonly ConfigProblem[]): Check {
  const name = "configuration";
  if (problems.length > 0) {
    const found = problems.map(({ path, message }) => ({ target: path, problem: message }));
    return {
      name,
      ok: false,
      detail: "not valid; what it says of archive and checkpoint is not looked at",
      problems: found,
    };
  }
  return {
    name,
    ok: true,
    detail: config === null ? "there is none" : `${config.file} is valid; secrets are not looked at`,
  };
}

function checkAudit({ records, firstSeq, lastSeq, problems }: ChainReport, file: CheckpointFile): Check {
  const found = problems.map(({ seq, problem }) => ({ target: `record ${seq}`, problem }));
  if (file.kind === "unreadable") found.unshift({ target: "checkpoint", problem: `cannot be read: ${file.why}` });
  const span = records === 0 ? "no records" : `${records} records, ${firstSeq} to ${lastSeq}`;
  const upTo = file.kind === "checkpoint" ? `; the checkpoint vouches for those up to ${file.checkpoint.seq}` : "";
  const check = { name: "audit", detail: `${span}${upTo}` };
  return found.length === 0 ? { ...check, ok: true } : { ...check, ok: false, problems: found };
}
