// Client message: `isonet client message`: lines are requests to a message server, their answers
// are printed.
// Main thread of the isonet command. Started by client.ts.
// Invariant: one request at a time, so that the answers are in the order of the lines; exit code 0
// when all were answered, 1 when not, 2 when there was no server.

import { login, type Login, type LoginOptions } from "../../client/login.ts";
import { MessageClient, type MessageClientOptions } from "../../client/message-client.ts";
import type { Identity } from "../../client/message-handshake.ts";
import { safeText } from "../../services/host/console/safe-text.ts";
import { isCodedError, type CodedError } from "../../wire/coded-error.ts";
import { ClientTalk, type TalkStreams } from "./client-talk.ts";
import { exitCodes, failureText } from "./exit-codes.ts";
import { results } from "./results.ts";
import { say } from "./say.ts";
import { jsonLine, jsonOfBytes, shownBytes } from "./shown-bytes.ts";

export type MessageTalkOptions = {
  /** Where, and with which index and session to begin. */
  readonly server: Omit<MessageClientOptions, keyof Identity>;
  readonly user: string;
  readonly serverName: string;
  /** Of an earlier login, or how to make one. */
  readonly login: Login | LoginOptions;
  readonly isJson: boolean;
};

/** Runs until the input ends or the server refuses; resolves with the exit code. */
export async function runMessage(
  options: MessageTalkOptions,
  streams: TalkStreams = { input: process.stdin, output: results() },
): Promise<number> {
  try {
    const client = await opened(options);
    return await talk(client, options, streams);
  } catch (error) {
    say(safeText(failureText(error)));
    const isRefused = isCodedError(error) && error.code === "LOGIN_REFUSED";
    return isRefused ? exitCodes.fault : exitCodes.configuration;
  }
}

async function opened(options: MessageTalkOptions): Promise<MessageClient> {
  const given = options.login;
  const loginAgain = "secret" in given ? undefined : () => login(given);
  const { secret, subid } = "secret" in given ? given : await login(given);
  const client = new MessageClient({
    ...options.server,
    user: options.user,
    server: options.serverName,
    secret,
    subid,
    ...(loginAgain && { loginAgain }),
  });
  await client.open();
  return client;
}

async function talk(
  client: MessageClient,
  { isJson, user, serverName }: MessageTalkOptions,
  streams: TalkStreams,
): Promise<number> {
  let code: number = exitCodes.done;
  let isLeaving = false;
  const leave = (): void => {
    isLeaving = true;
    lines.end();
    void client.close();
  };
  const lines = new ClientTalk(streams, `${user}@${serverName}> `, leave);
  client.on("reconnecting", ({ attempt, ms, reason }) =>
    lines.note(`${reason.message}; attempt ${attempt} to come back in ${ms} ms`),
  );
  client.on("connected", ({ index }) => lines.note(`connected again, with index ${index}`));
  client.on("closed", ({ reason }) => {
    if (reason !== undefined) code = exitCodes.fault;
    lines.end();
  });
  for await (const line of lines.lines()) {
    const session = client.nextSession;
    const answer = await client.request(line).catch((error: unknown) => error as CodedError);
    if (isLeaving) break;
    if (isCodedError(answer)) code = exitCodes.fault;
    if (isJson) await lines.print(jsonOfAnswer(session, answer));
    else if (isCodedError(answer)) lines.note(`${answer.code}: ${answer.message}`);
    else await lines.print(shownBytes(answer));
    if (client.isClosed) break;
  }
  lines.end();
  await client.close();
  return code;
}

function jsonOfAnswer(session: number, answer: Uint8Array | CodedError): string {
  const shown = isCodedError(answer)
    ? { error: answer.code, message: answer.message }
    : jsonOfBytes(answer);
  return jsonLine({ session, ...shown });
}
