/** What one check of a store, or of the machine around it, found. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** One line for a person. */
  readonly detail: string;
  /** Absent when there are none; the first hundred or so when there are many. */
  readonly problems?: readonly CheckProblem[];
}

export interface CheckProblem {
  /** The record, event, transaction or file that it is about. */
  readonly target: string;
  readonly problem: string;
}
