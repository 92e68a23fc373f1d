// Echo: the other end of the scenarios.

import { commands } from "isonet";

let seen = 0;

commands({
  echo: (body: unknown) => body,
  note: () => {
    seen++;
  },
  seen: () => seen,
});
