// Gate echo: gives each frame of a client back to the gate it came from, under the client's number.

import { dispatch, ignoreRet, redirect, registerProtocol } from "isonet";

registerProtocol({ name: "client", id: 3, unpack: (body) => [body] });
dispatch("client", (client, gate, body: Uint8Array) => {
  ignoreRet();
  redirect(gate, 0, "client", client, body);
});
