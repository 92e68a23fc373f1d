// Pretty: log lines as people read them on a terminal, in Skynet's look: "[:0100000c] text".
// Main thread. Used by log.ts. The only importer of pino-pretty.
// Invariant: text of a service cannot pass for a line of another one, nor command the terminal.

import { prettyFactory } from "pino-pretty";

export type PrettyOptions = {
  readonly hasColours: boolean;
  /** Local date and time before each line: for files, as Skynet does. */
  readonly hasTime: boolean;
};

/** Makes the function that turns one JSON line into text with its end of line. */
export function makePretty({ hasColours, hasTime }: PrettyOptions): (line: string) => string {
  return prettyFactory({
    colorize: hasColours,
    customColors: "message:reset",
    messageKey: "text",
    ignore: "time,level",
    hideObject: true,
    messageFormat: (line, _key, _level, { colors }) => {
      const text = tameText(String(line["text"]));
      const who = `[${String(line["address"])}]`;
      const time = hasTime ? `${localTime(String(line["time"]))} ` : "";
      if (!hasColours) return `${time}${who} ${text}`;
      return `${time}${colors.cyan(who)} ${colorOf(colors, line["level"])(text)}`;
    },
  });
}

type Colour = (text: string) => string;
type Colours = { readonly red: Colour; readonly yellow: Colour; readonly gray: Colour };

function colorOf(colours: Colours, level: unknown): Colour {
  if (level === "error") return colours.red;
  if (level === "warn") return colours.yellow;
  return level === "debug" ? colours.gray : (text) => text;
}

// Control characters but tab and newline, and the ones that turn the direction of writing.
const commandsToTerminals = /[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu;

/**
 * Further lines are indented, so that none starts with an address; control characters are shown,
 * not sent.
 */
function tameText(text: string): string {
  return text.replaceAll(/\r?\n/g, "\n    ").replaceAll(commandsToTerminals, shownControl);
}

function shownControl(character: string): string {
  const hex = character.charCodeAt(0).toString(16);
  return hex.length > 2 ? `\\u${hex}` : `\\x${hex.padStart(2, "0")}`;
}

/** "2026-11-24 13:54:20.12": Skynet's two digits after the second, with the date sortable. */
function localTime(iso: string): string {
  const date = new Date(iso);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${two(Math.floor(date.getMilliseconds() / 10))}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
