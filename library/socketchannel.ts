// Socket channel: requests and responses over a connection that comes back (skynet.socketchannel).
// Guest: the library "isonet/socketchannel", on the library "isonet/socket".
// Invariant: a request ends: by its response, the end of its connection, or its time.

import type * as Contract from "isonet/socketchannel";
import { SocketChannel } from "./socketchannel/channel.ts";

export function channel(options: Contract.ChannelOptions): Contract.Channel {
  return new SocketChannel(options);
}

({ channel }) satisfies typeof Contract;
