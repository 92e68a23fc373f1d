// Agent: one user: reads what the user says, and tells the user what happens.
// One for each connection, in an isolate of its own; it ends with the connection, and the
// connection with it.

import { commands, exit, service, start, uniqueService, type ServiceHandle } from "isonet";
import type { ChatEvent } from "./chat-event.ts";
import { helpText, lineChars } from "./chat-words.ts";
import { openLines } from "./line-user.ts";
import { Pace } from "./pace.ts";
import type { RoomsCommands } from "./rooms.ts";
import { openWeb } from "./web-user.ts";

/** The way to a user. */
export type Outlet = {
  tell(event: ChatEvent): void;
  /** Says good-bye when all has been told. */
  end(): void;
};

let rooms: ServiceHandle<RoomsCommands>;
let outlet: Outlet;
const pace = new Pace();

commands({
  hear: (event: ChatEvent) => outlet.tell(event),
});

/** One line of the user's, typed or sent by the page. */
async function handle(line: string): Promise<void> {
  await pace.next();
  try {
    const event = await answerTo(line.trim());
    if (event !== undefined) outlet.tell(event);
  } catch (error) {
    outlet.tell({ kind: "note", text: (error as Error).message });
  }
}

async function answerTo(line: string): Promise<ChatEvent | undefined> {
  if (line === "") return undefined;
  if (line.length > lineChars) throw new Error(`a line has at most ${lineChars} characters`);
  const [, word = "", rest = ""] = /^\/(\S*)\s*(.*)$/.exec(line) ?? [];
  if (!line.startsWith("/")) {
    await rooms.call.say(line);
    return undefined;
  }
  switch (word) {
    case "nick":
      await rooms.call.rename(rest);
      return undefined;
    case "join":
      return rooms.call.join(rest);
    case "rooms":
      return rooms.call.rooms();
    case "who":
      return rooms.call.who();
    case "help":
      return { kind: "note", text: helpText };
    case "quit":
      outlet.end();
      return undefined;
    default:
      throw new Error(`there is no /${word}; try /help`);
  }
}

start(async (kind: "web" | "lines", id: number) => {
  rooms = service<RoomsCommands>(await uniqueService("rooms"));
  const user = { came, handle, gone: (): void => void exit() };
  outlet = kind === "web" ? openWeb(id, user) : openLines(id, user);
});

/** The user can be told things from here on. */
async function came(): Promise<void> {
  outlet.tell(await rooms.call.arrive());
}
