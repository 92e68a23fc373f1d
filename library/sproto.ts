// Sproto: Skynet's schemas, encoding, packing and RPC, as services import them.
// Guest: the library "isonet/sproto". All of it is wire/sproto.
// Invariant: a service has a schema of its own: none is shared.

import type * as Contract from "isonet/sproto";
import { pack, unpack } from "../wire/sproto/packing.ts";
import { parse } from "../wire/sproto/sproto.ts";

export { pack, parse, unpack };

({ pack, parse, unpack }) satisfies typeof Contract;
