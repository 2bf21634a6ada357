import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * Writes a file so that after a crash there is the old content or the new one, never a part: temporary name, sync,
 * rename, sync of the directory. Mode 0600 whatever the umask. A symbolic link of that name is replaced, not followed.
 * The directory has to exist. Rejects with the file system's error and then leaves no temporary file.
 */
export async function writeDurableFile(path: string, content: string | Uint8Array): Promise<void> {
  const directory = dirname(path);
  const temporary = join(directory, `.${randomBytes(12).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(directory);
}

/**
 * Makes `root` and the directories below it, each 0700 whatever the umask and durable, and gives the path of the last.
 * Neither `root` nor anything below it may be a symbolic link; what leads to `root` is the operator's business.
 */
export async function ensureDirectory(root: string, names: readonly string[]): Promise<string> {
  await makeDirectory(root);
  let path = root;
  for (const name of names) {
    path = join(path, name);
    await makeDirectory(path);
  }
  return path;
}

/**
 * Removes a file below `root`, durably. One that is not there is no fault; a symbolic link on the way to it is, and is
 * not followed.
 */
export async function removeDurableFile(root: string, names: readonly string[]): Promise<void> {
  let path = root;
  for (const name of names) {
    const found = await lstat(path).catch(absent);
    if (found === null) return;
    if (!found.isDirectory()) throw notDirectory(found);
    path = join(path, name);
  }
  try {
    await unlink(path);
  } catch (error) {
    return void absent(error as NodeJS.ErrnoException);
  }
  await syncDirectory(dirname(path));
}

async function makeDirectory(path: string): Promise<void> {
  const found = await lstat(path).catch(absent);
  if (found === null) {
    if (await create(path)) await syncDirectory(dirname(path));
  } else if (!found.isDirectory()) {
    throw notDirectory(found);
  }
}

function notDirectory(found: Stats): Error {
  return Object.assign(new Error("not a directory"), { code: found.isSymbolicLink() ? "ELOOP" : "ENOTDIR" });
}

async function create(path: string): Promise<boolean> {
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      // Made by someone else in between: judged like any other that was there before.
      await makeDirectory(path);
      return false;
    }
    if (code !== "ENOENT") throw error;
    await makeDirectory(dirname(path));
    return create(path);
  }
  const directory = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    await directory.chmod(0o700);
  } finally {
    await directory.close();
  }
  return true;
}

/** Makes what was created, renamed or removed in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, O_RDONLY | O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
