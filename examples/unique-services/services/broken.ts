// Broken: cannot start. A unique service that has failed stays failed, with its reason.

import { start } from "isonet";

start(() => {
  throw new Error("the disk is full");
});
