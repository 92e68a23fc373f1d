// Web user: a user at the page: lines come as texts of a WebSocket, events go as JSON.

import { accept, close, write } from "isonet/websocket";
import type { Outlet } from "./agent.ts";

/** What becomes of a user's lines, and of the user. */
export type User = {
  /** Before the first line. */
  readonly came: () => Promise<void>;
  /** One at a time: the next is read when this one is done with. */
  readonly handle: (line: string) => Promise<void>;
  readonly gone: () => void;
};

export function openWeb(id: number, { came, handle, gone }: User): Outlet {
  accept(id, {
    connect: () => came(),
    message: (_id, data) =>
      typeof data === "string" ? handle(data) : close(id, 3000, "texts only"),
    close: () => gone(),
  });
  return {
    tell: (event) => write(id, JSON.stringify(event)),
    end: () => close(id),
  };
}
