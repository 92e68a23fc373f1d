// Ping: calls pong, in every way there is.
// `service<PongCommands>` checks names, arguments and results: `pong.call.hit("7")` does not
// compile.

import { newService, service, start, type CodedError } from "isonet";
import type { PongCommands } from "./pong.ts";

const rallies = 10_000;

start(async () => {
  const address = await newService("pong");
  if (address === undefined) return; // it has exited already
  const pong = service<PongCommands>(address);

  const { ball } = await pong.call.hit(7);
  console.log(`a call: ball 7 comes back as ball ${ball}`);

  pong.send.drop(ball);
  console.log("a message: nothing comes back");

  try {
    await pong.call.miss(ball);
  } catch (error) {
    const { code, remoteCode, message } = error as CodedError;
    console.log(`an error comes back as one: ${code}, ${remoteCode}: ${message}`);
  }

  try {
    await pong.within(100).call.doze();
  } catch (error) {
    console.log(`no answer is an error as well: ${(error as CodedError).code}`);
  }

  let rally = ball;
  while (rally < rallies) ({ ball: rally } = await pong.call.hit(rally));
  console.log(`ball ${rally}: the rally is over`);
});
