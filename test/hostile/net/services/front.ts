// Front: a service on a port, for whoever abuses it: what it does with its connections is told.

import { call, commands, fork, sleep } from "isonet";
import * as socket from "isonet/socket";

const lineBytesMax = 8192;

let listening: socket.Listening | undefined;
let given: readonly [mode: string, options: socket.ListenOptions] = ["echo", {}];
const counts = { accepted: 0, closed: 0, lines: 0, limited: 0 };
/** The connections that are here. */
const ids = new Set<number>();

async function echo(id: number): Promise<void> {
  socket.limit(id, lineBytesMax);
  for (;;) {
    const line = await socket.readLine(id);
    if (line === undefined) return;
    counts.lines++;
    socket.write(id, `${line}\n`);
  }
}

/** Writes on and on, whether it is read or not. */
async function pour(id: number): Promise<void> {
  const block = new Uint8Array(256 * 1024);
  while (socket.write(id, block)) await sleep(0);
}

const modes: Record<string, (id: number) => Promise<unknown>> = {
  echo,
  pour,
  /** Is read by nobody. */
  deaf: () => new Promise(() => {}),
  /** Reads lines without a limit of its own. */
  readLine: (id) => socket.readLine(id),
};

async function serve(id: number): Promise<void> {
  counts.accepted++;
  ids.add(id);
  try {
    await socket.start(id);
    await modes[given[0]]?.(id);
  } catch (error) {
    if ((error as { code?: string }).code === "READ_LIMIT") counts.limited++;
  } finally {
    await socket.close(id);
    ids.delete(id);
    counts.closed++;
  }
}

async function listen(port: number): Promise<number> {
  listening = await socket.listen("127.0.0.1", port, { backlog: 1024, ...given[1] });
  await socket.start(listening.id, serve);
  return listening.port;
}

commands({
  open(mode: string, port: number, options: socket.ListenOptions = {}): Promise<number> {
    given = [mode, options];
    return listen(port);
  },
  /** Closes its port and opens it again. */
  async reopen(): Promise<number> {
    const { id, port } = listening as socket.Listening;
    await socket.close(id);
    return listen(port);
  },
  counts: () => counts,
  ids: () => [...ids],
  ping: () => "pong",
  /** Acts on sockets that are none, or not its own. */
  stale(from: number, to: number): void {
    const { id: own } = listening as socket.Listening;
    for (let id = from; id < to; id++) {
      if (id === own || ids.has(id)) continue;
      socket.write(id, "nobody's");
      socket.shutdown(id);
      socket.closeFd(id);
      socket.abandon(id);
      void socket.start(id).catch(() => {});
    }
  },
  udp: (host: string) =>
    socket.udp(
      () => {
        counts.lines++;
      },
      host,
      0,
    ),
  netstat: () => socket.netstat(),
  /** Its isolate is busy for so long, on and on. */
  stall(ms: number, times: number): void {
    fork(async () => {
      for (let left = times; left > 0; left--) {
        const end = Date.now() + ms;
        while (Date.now() < end);
        await sleep(0);
      }
    });
  },
  callOther: (to: string, ...values: unknown[]) => call(to, "lua", ...values),
});
