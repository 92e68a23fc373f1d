// Port setting: reads a port from the configuration's env. Main thread, once for each door.

import { CodedError } from "isonet/host";

const portMax = 65_535;

/** Fails with CONFIG_INVALID. */
export function portOf(env: Readonly<Record<string, string>>, setting: string): number {
  const text = env[setting] ?? "";
  const port = Number(text);
  if (text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= portMax) return port;
  const got = JSON.stringify(text);
  throw new CodedError(
    "CONFIG_INVALID",
    `env.${setting}: got ${got}; allowed: a port, 0 to ${portMax} (0: any free one)`,
  );
}
