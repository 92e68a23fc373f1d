// Client: one connection: reads a line, answers it, reads the next.
// A client is ended that sends no whole line in time, or takes no answers: neither the thread here
// nor what waits to be sent stays for ever.

import { cancel, sleep, timeout, wakeup, type ServiceHandle } from "isonet";
import * as socket from "isonet/socket";
import { bounds } from "./bounds.ts";
import type { DatabaseCommands } from "./database.ts";
import { answer } from "./requests.ts";

/** Serves it to its end. The socket is started. */
export async function serve(id: number, database: ServiceHandle<DatabaseCommands>): Promise<void> {
  const pace = new Pace(id);
  socket.limit(id, bounds.lineBytesMax);
  try {
    for (;;) {
      const line = await readLineInTime(id);
      if (line === undefined || /^quit$/i.test(line)) break;
      socket.write(id, `${(await answer(line, database)).join("\n")}\n`);
      await pace.whenTaken();
    }
    socket.write(id, "BYE\n");
  } finally {
    await socket.close(id);
  }
}

/** Undefined at the end, also when the client is ended for its silence. */
async function readLineInTime(id: number): Promise<string | undefined> {
  const silence = timeout(bounds.idleTicks, () => socket.shutdown(id));
  try {
    const line = await socket.readLine(id);
    return line?.replace(/\r$/, "");
  } finally {
    cancel(silence);
  }
}

/** Whether the client takes its answers: while a megabyte waits, no further line is read. */
class Pace {
  readonly #id: number;
  #isBehind = false;

  constructor(id: number) {
    this.#id = id;
    socket.warning(id, (_id, kib) => this.#changed(kib > 0));
    socket.onClose(id, () => this.#changed(false));
  }

  #changed(isBehind: boolean): void {
    this.#isBehind = isBehind;
    if (!isBehind) wakeup(this);
  }

  async whenTaken(): Promise<void> {
    if (!this.#isBehind) return;
    const woken = await sleep(bounds.idleTicks, this);
    if (woken !== "BREAK") socket.shutdown(this.#id);
  }
}
