// Logger: the host service ".logger"; writes the text messages of every service to the host's log
// (reference §1.7).
// Shard 0. Fed by services' console.* and error(), and by the shards themselves.
// Invariant: a body is hostile: its line is cut to logLineBytesMax, and no body makes the handler
// throw.

import type * as Isonet from "isonet";
import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { limits } from "../../wire/limits.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { readUtf8 } from "../../wire/utf8.ts";

export type LoggerPowers = {
  /** Writes one line to the log; `level` is a number of LogLevel. */
  readonly write: (level: number, addressText: string, name: string, text: string) => void;
  /** False: the speaker's owner has had its lines of this second. */
  readonly mayWrite: (address: ServiceAddress) => boolean;
  /** Takes the steps of traced requests; undefined: nobody wants them. */
  readonly trace: ((addressText: string, name: string, text: string) => void) | undefined;
  /** Counts a line that is not written. */
  readonly lose: (addressText: string, name: string) => void;
  /** Name of a service, for the line; "" when it has none. */
  readonly nameOf: (address: ServiceAddress) => string;
};

/** Registers the handler of text messages: one byte of level, then the line in UTF-8. */
export function logger(
  isonet: Pick<typeof Isonet, "registerProtocol">,
  powers: LoggerPowers,
): void {
  isonet.registerProtocol({
    name: "text",
    id: MessageKind.text,
    unpack: (body) => [body],
    dispatch: (_session, source, body: Uint8Array) => {
      const level = body[0];
      if (level === undefined) return; // an empty body says nothing
      const address = Number(source) as ServiceAddress;
      const name = powers.nameOf(address);
      if (powers.mayWrite(address)) {
        const text = lineText(body);
        powers.write(level, formatAddress(address), name, text);
        powers.trace?.(formatAddress(address), name, text);
      } else {
        powers.lose(formatAddress(address), name);
      }
    },
  });
}

function lineText(body: Uint8Array): string {
  const end = Math.min(body.length, 1 + limits.logLineBytesMax);
  if (end === body.length) return readUtf8(body, 1, end);
  const whole = wholeCharactersEnd(body, end);
  return `${readUtf8(body, 1, whole)} … (${body.length - whole} bytes cut)`;
}

/** The last place at or before `end` where no character is cut in two. */
function wholeCharactersEnd(body: Uint8Array, end: number): number {
  let at = end;
  while (at > end - 4 && ((body[at] ?? 0) & 0xc0) === 0x80) at--;
  return at;
}
