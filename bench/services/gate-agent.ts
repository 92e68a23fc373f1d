// Gate agent: gives each frame of a client back to it.

import { dispatch, ignoreRet, registerProtocol } from "isonet";
import { writeFrame } from "isonet/socket";

registerProtocol({ name: "client", id: 3, unpack: (body) => [body] });
dispatch("client", (fd, _gate, body: Uint8Array) => {
  ignoreRet();
  writeFrame(fd, body);
});
