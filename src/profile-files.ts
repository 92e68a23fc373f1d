// Profile files: new files in the directory of profiles, which holds what was recorded of services.
// Main thread. A power of the console's insight commands.
// Invariant: a name is no path: nothing outside the directory is written, and nothing that is there
// is written over. Only the host's own user can read what is written: heaps hold secrets.

import { mkdir, open, rm } from "node:fs/promises";
import path from "node:path";
import type { ProfileFile } from "../services/host/console/insight-powers.ts";
import { CodedError } from "../wire/coded-error.ts";

const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}$/;

/** Fails with ARGUMENT_INVALID. */
export async function createProfileFile(directory: string, name: string): Promise<ProfileFile> {
  if (!namePattern.test(name)) {
    throw new CodedError(
      "ARGUMENT_INVALID",
      `${JSON.stringify(name)} is no name for a file in ${directory}: letters, digits ` +
        "and _ . + - are allowed, and no path",
    );
  }
  const file = path.join(directory, name);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const handle = await open(file, "wx", 0o600);
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (isOpen) await handle.close();
      isOpen = false;
    };
    return {
      path: file,
      write: (bytes) => handle.writeFile(bytes),
      close,
      discard: async () => {
        await close();
        await rm(file, { force: true });
      },
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "EEXIST" ? "it is there already" : message;
    throw new CodedError("ARGUMENT_INVALID", `cannot create ${file}: ${why}`);
  }
}
