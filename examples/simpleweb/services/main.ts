// Main: opens the port and hands each request to the next of its agents.

import { getEnv, newService, service, start, type ServiceHandle } from "isonet";
import { serve, type HttpRequest, type HttpResponse } from "isonet/http";
import type { AgentCommands } from "./agent.ts";

type Agent = ServiceHandle<AgentCommands>;

const agents: Agent[] = [];
let next = 0;

async function answer(request: HttpRequest): Promise<HttpResponse> {
  const agent = agents[next++ % agents.length] as Agent;
  const { method, path, query, headers, peer } = request;
  return agent.call.answer({ method, path, query, headers, peer, body: await request.text() });
}

start(async () => {
  const count = Number(await getEnv("webAgents"));
  while (agents.length < count) {
    const address = await newService({ name: "agent", restart: "on-crash" });
    if (address !== undefined) agents.push(service<AgentCommands>(address));
  }
  const port = Number(await getEnv("webPort"));
  const server = await serve({ host: "127.0.0.1", port, bodyBytesMax: 8192 }, answer);
  console.log(`Listen web port ${server.port}`);
});
