// The one-shot command about sockets, as people read it.

import { expect, test } from "vitest";
import { netstatView } from "../../../src/command/net-views.ts";

test("sockets are shown with their owners, what they carried and what waits", () => {
  const socket = {
    id: 12,
    address: ":01000109",
    type: "TCP",
    read: 273,
    write: 2048,
    wbuffer: 1024 * 1024,
    rtime: 90,
    wtime: 40,
    reading: true,
    writing: true,
    peer: "127.0.0.1:33800",
    sock: "127.0.0.1:8888",
    accept: 0,
  };
  const listener = { ...socket, id: 1, type: "LISTEN", read: 0, write: 0, wbuffer: 0, peer: "" };

  expect(netstatView([{ ...listener, accept: 3 }, socket], { ":01000109": "echo" })).toEqual([
    "ID  TYPE    OWNER       READ   WRITTEN   WAITING  ACCEPTED  LOCAL           PEER             SERVICE",
    " 1  LISTEN  :01000109    0 B       0 B       0 B         3  127.0.0.1:8888                   echo",
    "12  TCP     :01000109  273 B  2.00 KiB  1.00 MiB            127.0.0.1:8888  127.0.0.1:33800  echo",
  ]);
});
