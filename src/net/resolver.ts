// Resolver: addresses of a host name, as the system resolves it: its hosts file, then DNS.
// Main thread; the look-up itself runs on libuv's threads. Called by the host service ".socket".
// Invariant: ends within its time, with at least one address or RESOLVE_FAILED.

import { promises } from "node:dns";
import { CodedError } from "../../wire/coded-error.ts";
import type { NetClock } from "./net-clock.ts";
import { errorText } from "./stream-socket.ts";

export async function resolveHost(
  host: string,
  { clock, timeoutMs }: { readonly clock: NetClock; readonly timeoutMs: number },
): Promise<string[]> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const forget = clock.after(timeoutMs, () => {
    reject(new CodedError("RESOLVE_FAILED", `no answer for ${host} within ${timeoutMs} ms`));
  });
  try {
    const found = await Promise.race([promises.lookup(host, { all: true }), late]);
    return found.map(({ address }) => address);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError("RESOLVE_FAILED", `${host} has no address: ${errorText(error as Error)}`);
  } finally {
    forget();
  }
}
