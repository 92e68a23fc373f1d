// Hello: a service in its three phases: the module's body, the start handler, work.

import { address, commands, self, service, start } from "isonet";

console.log("the module's body runs first: it registers what the service can do");

const table = commands({
  greet(name: string): string {
    return `hello, ${name}`;
  },
});

start(async (name: string) => {
  const own = service<typeof table>(self());
  console.log(`the start handler gets the arguments: ${name}`);
  console.log(await own.call.greet(name));
  console.log(`from here on ${address(self())} works: it waits for messages`);
});
