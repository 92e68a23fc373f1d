// Line user: a user with nc: lines come and go over TCP.

import { fork } from "isonet";
import * as socket from "isonet/socket";
import type { Outlet } from "./agent.ts";
import { textOf } from "./chat-event.ts";
import type { User } from "./web-user.ts";

/** What may wait of a user who is faster than may be, and the longest line without an end. */
const unreadBytesMax = 64 * 1024;

export function openLines(id: number, { came, handle, gone }: User): Outlet {
  fork(async () => {
    try {
      await socket.start(id);
      socket.limit(id, unreadBytesMax);
      await came();
      await handle("/help");
      for (;;) {
        const line = await socket.readLine(id);
        if (line === undefined) break;
        await handle(line);
      }
    } finally {
      await socket.close(id);
      gone();
    }
  });
  return {
    tell: (event) => void socket.write(id, `${textOf(event)}\n`),
    end: () => {
      fork(async () => {
        await socket.close(id);
        gone();
      });
    },
  };
}
