/** What is older than this may go. Epoch milliseconds. */
export interface RetentionCutoff {
  readonly events: number;
  readonly audit: number;
}

export interface Expired {
  /** Events whose payload is gone now. */
  readonly events: number;
  readonly auditRecords: number;
}

/** Takes away what nobody may keep for ever. Ids and the ledger stay. */
export interface Retention {
  /**
   * One step, of at most `limit` events and as many audit records; call again until a step takes nothing. Events that
   * wait, and dead ones that the archive does not hold, stay whatever their age.
   */
  expire(cutoff: RetentionCutoff, limit: number): Promise<Expired>;
  /** Makes sure that nothing of what expired is left in any file. */
  purge(): Promise<void>;
}

/** Dead events on their way to the archive. */
export interface DeadLetters {
  /** Ids of those that the archive does not hold yet, oldest first. */
  unarchived(limit: number): Promise<readonly string[]>;
  archived(eventId: string, key: string): Promise<void>;
}
