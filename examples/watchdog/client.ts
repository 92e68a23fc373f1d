// Client: what one player's program does: sends texts, gets them back, answers heartbeats.
// As a command: node examples/watchdog/client.ts [--port 8891]; then lines, and "quit".

import { createInterface } from "node:readline";
import { GateClient } from "../../client/index.ts";

const heartbeat = "heartbeat";

export type EchoClientOptions = {
  readonly port?: number;
  /** Every text that is no heartbeat. */
  readonly onText: (text: string) => void;
  readonly answersHeartbeats?: boolean;
};

export class EchoClient {
  readonly #gate: GateClient;
  /** Settles when the connection has ended; rejects when it broke. */
  readonly ended: Promise<void>;

  private constructor(gate: GateClient, options: EchoClientOptions) {
    this.#gate = gate;
    this.ended = this.#listen(options);
  }

  static async connect(options: EchoClientOptions): Promise<EchoClient> {
    return new EchoClient(await GateClient.connect({ port: options.port ?? 8891 }), options);
  }

  say(text: string): void {
    this.#gate.send(text);
  }

  async #listen({ onText, answersHeartbeats = true }: EchoClientOptions): Promise<void> {
    for await (const frame of this.#gate) {
      const text = Buffer.from(frame).toString("utf8");
      if (text !== heartbeat) onText(text);
      else if (answersHeartbeats && !this.#gate.hasEnded) this.say(heartbeat);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gate.close();
  }
}

if (import.meta.main) {
  const [flag, port = "8891"] = process.argv.slice(2);
  const client = await EchoClient.connect({
    port: flag === "--port" ? Number(port) : 8891,
    onText: (text) => console.log(text),
  });
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => client.say(line));
  await client.ended;
  lines.close();
}
