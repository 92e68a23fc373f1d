// Text file: the text of one file of this machine, bounded.
// Main thread. A power of the console, for scripts that are injected.
// Invariant: it ends, with the text or an error, whatever the path names: a device and a pipe are
// no files.

import { constants, open } from "node:fs/promises";

/**
 * Reads UTF-8. Fails when `path` is no regular file, cannot be read or has more than `bytesMax`
 * bytes.
 */
export async function readTextFile(path: string, bytesMax: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error("it is no regular file");
    if (stats.size > bytesMax) throw new Error(`it has ${stats.size} bytes, over ${bytesMax}`);
    const bytes = Buffer.alloc(stats.size);
    const { bytesRead } = await file.read(bytes, 0, stats.size, 0);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
