// Gate keeper: a gate that forwards every client to the agent that its conf names.

import type { Address } from "isonet";
import { closeClient, forward, start } from "isonet/gateserver";

let agent: Address;

start({
  connect: (fd) => forward(fd, agent),
  message: () => {},
  disconnect: (fd) => closeClient(fd),
  open: (_source, conf) => {
    agent = conf["agent"] as Address;
    return conf.port;
  },
});
