/** Asks the admin API of a running inbox; anything but 2xx is a failure that names the path. */
export async function ask<T>(adminUrl: string, path: string): Promise<T> {
  const response = await fetch(adminUrl + path);
  if (!response.ok) throw new Error(`${response.status} for GET ${path}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Every item of a list, page by page. */
export async function askAll<T>(adminUrl: string, path: string): Promise<readonly T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { readonly items: readonly T[]; readonly nextCursor: string | null } = await ask(
      adminUrl,
      `${path}?limit=500${query}`,
    );
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

/** Resolves when nothing waits to be processed; the test's time limit is the limit. */
export async function untilProcessed(adminUrl: string): Promise<void> {
  for (;;) {
    const { now } = await ask<{ readonly now: { readonly backlog: number } }>(adminUrl, "/api/stats");
    if (now.backlog === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
