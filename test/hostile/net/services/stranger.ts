// Stranger: an untrusted service that does with sockets whatever it is not meant to.

import { commands } from "isonet";
import * as socket from "isonet/socket";

const codes: Record<string, number> = {};

async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const { code = "NONE" } = error as { code?: string };
    codes[code] = (codes[code] ?? 0) + 1;
    return false;
  }
}

const opened: number[] = [];

commands({
  codes: () => codes,
  open: async (address: string, count: number) => {
    for (let left = count; left > 0; left--) {
      await attempt(async () => {
        opened.push(await socket.open(address));
      });
    }
    return opened.length;
  },
  listen: async (address: string, count: number) => {
    let listening = 0;
    for (let left = count; left > 0; left--) {
      if (await attempt(() => socket.listen(address))) listening++;
    }
    return listening;
  },
  /** Writes on its first socket, whether that is read or not. */
  pour: (bytes: number, times: number) => {
    const [id = 0] = opened;
    const block = new Uint8Array(bytes);
    for (let left = times; left > 0; left--) socket.write(id, block);
  },
  /** Orders about sockets of others. */
  meddle: (from: number, to: number) => {
    for (let id = from; id < to; id++) {
      socket.shutdown(id);
      socket.closeFd(id);
    }
  },
  resolve: (host: string, count: number) =>
    Promise.all(Array.from({ length: count }, () => attempt(() => socket.resolve(host)))),
  netstat: async () => (await socket.netstat()).length,
});
