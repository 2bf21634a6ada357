/** One transaction on its way: what has to happen in memory once it is durable, or once it is known that it is not. */
export class Unit {
  readonly #afterCommit: (() => void)[] = [];
  readonly #onRollback: (() => void)[] = [];

  afterCommit(action: () => void): void {
    this.#afterCommit.push(action);
  }

  onRollback(action: () => void): void {
    this.#onRollback.push(action);
  }

  committed(): void {
    for (const action of this.#afterCommit) action();
  }

  rolledBack(): void {
    for (const action of this.#onRollback.reverse()) action();
  }
}
