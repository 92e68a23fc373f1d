// Agent: answers requests. There are twenty of it, each in an isolate of its own.

import { address, commands, self, sleep } from "isonet";
import type { HttpHeaders, HttpResponse, Query } from "isonet/http";

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  readonly headers: HttpHeaders;
  readonly peer: string;
  readonly body: string;
};

let answered = 0;

function textOf({ method, path, query, headers, peer, body }: Asked): string {
  const lines = [
    `agent ${address(self())}, its request number ${++answered}`,
    `${method} ${path} from ${peer}`,
    ...Object.entries(query).map(([name, value]) => `query ${name} = ${String(value)}`),
    ...Object.entries(headers).map(([name, value]) => `header ${name}: ${String(value)}`),
  ];
  return `${[...lines, "", body].join("\n")}\n`;
}

const table = commands({
  async answer(asked: Asked): Promise<HttpResponse> {
    switch (asked.path) {
      case "/slow":
        await sleep(Number(asked.query["ticks"] ?? 50));
        return { body: textOf(asked) };
      case "/spin":
        // Its turn is interrupted after turnMsMax; the other agents do not notice.
        for (;;) answered++;
      case "/teapot":
        return { status: 418, headers: { "x-tea": "green" }, body: "no coffee here\n" };
      default:
        return { body: textOf(asked) };
    }
  },
});
export type AgentCommands = typeof table;
