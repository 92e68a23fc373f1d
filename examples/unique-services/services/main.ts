// Main: starts three clients at once; there is one counter all the same.

import { address, fork, newService, queryService, start, uniqueService } from "isonet";

start(async () => {
  // Waits until somebody has started it: it does not start it itself.
  fork(async () => console.log(`the counter is ${address(await queryService("counter"))}`));

  await Promise.all(["ann", "bob", "eve"].map((name) => newService("client", name)));

  for (const attempt of ["first", "second"]) {
    try {
      await uniqueService("broken");
    } catch (error) {
      console.log(`${attempt} attempt: ${(error as Error).message}`);
    }
  }
  console.log("that was all");
});
