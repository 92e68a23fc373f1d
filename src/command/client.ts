// Client: `isonet client`: this command as a client of gates, login servers and message servers.
// Main thread of the isonet command. Hung into the program by main.ts.
// Invariant: no host is started or asked; only the servers that the command line names are.

import type { GateOptions } from "../../client/gate-client.ts";
import type { Login, LoginOptions } from "../../client/login.ts";
import { safeText } from "../../services/host/console/safe-text.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { clientNumber, clientPlace } from "./client-place.ts";
import { exitCodes, failureText } from "./exit-codes.ts";
import type { Program } from "./program.ts";
import { results } from "./results.ts";
import { say } from "./say.ts";
import { jsonLine } from "./shown-bytes.ts";

const about = `Talks to Skynet's servers, of isonet or not: docs/clients.md has the protocols.

  isonet client login 8001 --user hello --password password --server sample
  isonet client gate 8888
  isonet client message 8888 --login 8001 --user hello --password password --server sample

An address is HOST:PORT, [IPV6]:PORT, or a port of this machine.`;

const aboutLogin = `Logs in at a login server and prints the secret and the subid.

Without --password it is read from the environment variable ISONET_PASSWORD.

Exit codes: 0 done, 1 refused, 2 no login server there.`;

const aboutGate = `Sends each line as a frame and prints each frame that comes: as text, or
as 0x and hex digits when it is none. A line is a text message on a WebSocket.

Ctrl-C and Ctrl-D leave. At the end of a pipe it waits until nothing has come for --wait
milliseconds.

Exit codes: 0 done, 1 the connection ended before the input did, or broke, or a line was no frame,
2 no gate there.`;

const aboutMessage = `Sends each line as a request to a message server and prints its answer,
one after the other. Comes back by itself when the connection is lost, and logs in again when the
login has ended.

Logs in at --login first; or goes on with --subid and --secret of an earlier login, and then with a
larger --index than any it has had. Without --password it is read from ISONET_PASSWORD.

Exit codes: 0 all were answered, 1 refused or not all answered, 2 no server there.`;

type WhoArguments = {
  readonly user: string;
  readonly server: string;
  readonly password?: string;
  readonly json?: true;
};

type GateArguments = {
  readonly websocket?: true;
  readonly prefix: string;
  readonly wait: string;
  readonly json?: true;
};

type MessageArguments = WhoArguments & {
  readonly login?: string;
  readonly subid?: string;
  readonly secret?: string;
  readonly index: string;
  readonly session: string;
};

const waitMsMax = 3_600_000;

export function registerClient(program: Program): void {
  const client = program
    .command("client")
    .helpCommand(false)
    .summary("talk to a gate, a login or a message server")
    .description(about);
  takesWho(client.command("login <address>"))
    .summary("log in, and print secret and subid")
    .description(aboutLogin)
    .action(loginCommand);
  client
    .command("gate <address>")
    .summary("frames by hand, to and from a gate")
    .description(aboutGate)
    .option("--websocket", "speak WebSocket; an address may be a ws:// or wss:// URL as well")
    .option("--prefix <bytes>", "bytes of the length before each frame: 2 or 4", "2")
    .option("--wait <ms>", "wait so long for frames after the end of a pipe", "1000")
    .option("--json", "print each frame as JSON")
    .action(gateCommand);
  takesWho(client.command("message <address>"))
    .summary("requests by hand, to a message server")
    .description(aboutMessage)
    .option("--login <address>", "the login server")
    .option("--subid <subid>", "of an earlier login, in place of --login")
    .option("--secret <hex>", "of an earlier login, 16 hex digits")
    .option("--index <number>", "of the first handshake", "1")
    .option("--session <number>", "of the first request", "0")
    .action(messageCommand);
}

function takesWho(command: Program): Program {
  return command
    .requiredOption("--user <name>", "who logs in")
    .requiredOption("--server <name>", "name of the server to play on")
    .option("--password <password>", "the user's password")
    .option("--json", "print the results as JSON");
}

async function loginCommand(address: string, given: WhoArguments): Promise<void> {
  const options = loginOptions("address", address, given);
  const { login } = await import("../../client/login.ts");
  const { messageUsername } = await import("../../client/message-handshake.ts");
  try {
    const found = await login(options);
    const secret = Buffer.from(found.secret).toString("hex");
    const username = messageUsername({ ...given, ...found });
    const shown = { subid: found.subid, secret, username };
    const lines = Object.entries(shown).map(([key, value]) => `${key.padEnd(8)} ${value}`);
    results().write(`${given.json ? jsonLine(shown) : safeText(lines.join("\n"))}\n`);
  } catch (error) {
    say(safeText(failureText(error)));
    const isRefused = error instanceof CodedError && error.code === "LOGIN_REFUSED";
    process.exitCode = isRefused ? exitCodes.fault : exitCodes.configuration;
  }
}

async function gateCommand(address: string, given: GateArguments): Promise<void> {
  const waitMs = clientNumber("--wait", given.wait, { min: 0, max: waitMsMax });
  const gate = gateOptions(address, given);
  const { runGate } = await import("./client-gate.ts");
  process.exitCode = await runGate({ gate, waitMs, isJson: given.json === true });
}

async function messageCommand(address: string, given: MessageArguments): Promise<void> {
  const place = clientPlace("address", address);
  const index = clientNumber("--index", given.index, { min: 1, max: Number.MAX_SAFE_INTEGER });
  const session = clientNumber("--session", given.session, { min: 0, max: 0xffff_ffff });
  const login = messageLogin(given);
  const { runMessage } = await import("./client-message.ts");
  process.exitCode = await runMessage({
    server: { ...place, index, session },
    user: given.user,
    serverName: given.server,
    login,
    isJson: given.json === true,
  });
}

function gateOptions(address: string, { websocket, prefix }: GateArguments): GateOptions {
  if (/^wss?:\/\//.test(address)) return { url: address, messages: "text" };
  const place = clientPlace("address", address);
  const prefixBytes = prefix === "2" ? 2 : prefix === "4" ? 4 : undefined;
  if (prefixBytes === undefined) {
    throw new CodedError("CONFIG_INVALID", `--prefix must be 2 or 4, not ${prefix}`);
  }
  const host = place.host.includes(":") ? `[${place.host}]` : place.host;
  const url = `ws://${host}:${place.port}/`;
  return websocket ? { url, messages: "text" } : { ...place, prefixBytes };
}

function messageLogin(given: MessageArguments): Login | LoginOptions {
  const { login, subid, secret } = given;
  if (login !== undefined) return loginOptions("--login", login, given);
  if (subid === undefined || secret === undefined) {
    throw new CodedError("CONFIG_INVALID", "--login is needed, or --subid and --secret");
  }
  if (!/^[\da-f]{16}$/i.test(secret)) {
    throw new CodedError("CONFIG_INVALID", "--secret must be 16 hex digits");
  }
  return { subid, secret: Uint8Array.from(Buffer.from(secret, "hex")) };
}

function loginOptions(what: string, address: string, given: WhoArguments): LoginOptions {
  const password = given.password ?? process.env["ISONET_PASSWORD"];
  if (password === undefined) {
    throw new CodedError("CONFIG_INVALID", "--password or ISONET_PASSWORD is needed");
  }
  return { ...clientPlace(what, address), user: given.user, server: given.server, password };
}
