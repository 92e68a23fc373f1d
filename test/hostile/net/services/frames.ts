// Frames: a gate that reads everybody and counts what comes.

import { closeClient, openClient, start } from "isonet/gateserver";

const counts = { connects: 0, frames: 0, bytes: 0, disconnects: 0, errors: 0 };

start({
  connect: (fd) => {
    counts.connects++;
    openClient(fd);
  },
  message: (_fd, frame) => {
    counts.frames++;
    counts.bytes += frame.length;
  },
  disconnect: (fd) => {
    counts.disconnects++;
    closeClient(fd);
  },
  error: () => {
    counts.errors++;
  },
  open: (_source, conf) => conf.port,
  command: () => counts,
});
