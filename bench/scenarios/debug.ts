// Debug: how long an operator waits for a debugger.
// Floor: a session of the inspector on a bare isolate, from its creation to Debugger.enable.

import { once } from "node:events";
import { WebSocket } from "ws";
import { askConsole } from "../../src/command/console-request.ts";
import { startBenchHost } from "../bench-host.ts";
import { debuggerEnabledMs } from "../floor.ts";
import { median, timedMs, type Scenario } from "../scenario.ts";

const rounds = 20;

const devtoolsAttach: Scenario = {
  name: "devtools-attach",
  about: "a debugger attaches to a service: from the request for an endpoint to Debugger.enable",
  unit: "ms",
  target: { atMost: 50 },
  run: async () => {
    const floor = await median(rounds, debuggerEnabledMs);
    const bench = await startBenchHost({ shards: 1, console: { port: 0 } });
    const address = bench.isonet.address(await bench.spawn("echo"));
    const { host = "", port = 0 } = bench.host.listeners[0] ?? {};
    const attach = async (): Promise<number> => {
      let socket: WebSocket | undefined;
      const ms = await timedMs(async () => {
        const answer = await askConsole(
          { host, port },
          { command: "devtools", arguments: [address] },
        );
        if (!answer.ok) throw new Error(answer.error);
        socket = new WebSocket((answer.result as { websocket: string }).websocket);
        await once(socket, "open");
        const answered = Promise.withResolvers<void>();
        socket.on("message", (data: Buffer) => {
          if (data.toString().startsWith('{"id":1')) answered.resolve();
        });
        socket.send(JSON.stringify({ id: 1, method: "Debugger.enable" }));
        await answered.promise;
      });
      socket?.close();
      if (socket !== undefined) await once(socket, "close");
      await askConsole({ host, port }, { command: "devtools", arguments: [address, "off"] });
      return ms;
    };
    await attach();
    const value = await median(rounds, attach);
    await bench.stop();
    return { value, floor };
  },
};

export const debugScenarios: readonly Scenario[] = [devtoolsAttach];
