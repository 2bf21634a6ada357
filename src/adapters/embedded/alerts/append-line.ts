import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { ensureDirectory } from "../archive/durable-file.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Appends one line to a file. A missing file is made 0600 and its missing directories 0700, whatever the umask. Opened
 * anew each time, so that the file can be rotated. Rejects when the path is a symbolic link or no regular file.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  const file = await openFile(path);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw Object.assign(new Error("not a regular file"), { code: "EINVAL" });
    // An older file keeps the mode that an operator may have given it.
    if (found.size === 0) await file.chmod(0o600);
    await file.appendFile(`${line}\n`).catch(async (error: unknown) => {
      // What a full disk took of the line would spoil the next one.
      await file.truncate(found.size).catch(() => {});
      throw error;
    });
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK a named pipe without a reader would hold the call for ever.
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  try {
    return await open(path, flags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await ensureDirectory(dirname(path), []);
    return open(path, flags, 0o600);
  }
}
