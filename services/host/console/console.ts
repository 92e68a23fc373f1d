// Console: the operator's door to a running host, as text and as JSON over HTTP on one port.
// Host service, shard 0. Composed by host.ts, which brings the powers a service may not import.
// Invariant: nothing that is typed, posted or answered throws out of it; each connection runs its
// own commands in order.

import type { Isonet } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";
import { Door } from "./door.ts";
import { HttpSessions } from "./http-session.ts";
import type { ConsolePowers } from "./powers.ts";
import { WebFace } from "../web/web-face.ts";

type ConsoleAddress = { readonly host: string; readonly port: number };

export type ConsoleServer = {
  /** Where it listens. Fails with PORT_IN_USE or CONFIG_INVALID when it cannot. */
  address(): Promise<ConsoleAddress>;
  /** Address of the dashboard for a browser of this machine, with the token that opens it. */
  dashboardUrl(): string;
  /** Ends every connection and frees the port; commands that run are not waited for. Idempotent. */
  close(): Promise<void>;
};

/** Opens the console of the service whose API is given. */
export function startConsole(isonet: Isonet, powers: ConsolePowers): ConsoleServer {
  const { at, listen, log } = powers;
  const http = new HttpSessions(isonet, powers, new WebFace(isonet, powers));
  const listening = listen({
    ...at,
    portOption: "console.port",
    connectionsMax: consoleLimits.connectionsMax,
    idleMs: consoleLimits.idleMs,
    writeBytesMax: consoleLimits.writeBytesMax,
    onConnection: (connection) => void new Door(connection, isonet, powers, http),
    onRefused: (peer) =>
      log("warn", `${peer} refused: the console has ${consoleLimits.connectionsMax} connections`),
  }).then((listener) => {
    http.at = { host: listener.host, port: listener.port };
    log("info", `Start debug console at ${listener.host}:${listener.port}`);
    return listener;
  });
  // Whoever composes the host asks for the address and hears of the failure there.
  listening.catch(() => {});
  return {
    async address() {
      const { host, port } = await listening;
      return { host, port };
    },
    dashboardUrl: () => dashboardUrl(http.at, powers.web.token),
    async close() {
      const listener = await listening.catch(() => undefined);
      await listener?.close();
    },
  };
}

function dashboardUrl({ host, port }: ConsoleAddress, token: string): string {
  const isAny = host === "0.0.0.0" || host === "::";
  const name = isAny ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}/?token=${token}`;
}
