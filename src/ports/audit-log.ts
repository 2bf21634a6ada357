/** One link of the chain: `hash` is the SHA-256 of the record without it, `prevHash` the link before. */
export interface AuditRecord {
  /** Counts from 1 without a gap. */
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly prevHash: string;
  readonly hash: string;
}

export type AuditEntry = Pick<AuditRecord, "actor" | "action" | "target" | "outcome">;

/** Names one record of the chain. Kept elsewhere, it shows that the chain was cut or written anew. */
export interface AuditCheckpoint {
  readonly seq: number;
  readonly hash: string;
  /** When it was taken, RFC 3339 UTC. */
  readonly at: string;
}

export interface AuditLog {
  /** Durable when the promise resolves. Records of what the store does itself are written with it, not through this. */
  append(entry: AuditEntry): Promise<void>;
  /** In order, after `seq`. */
  list(after: number, limit: number): Promise<readonly AuditRecord[]>;
}
