// Log: lines for the host's log: console.*, error(), and what the runtime itself reports.
// Guest (and host services). Lines go as text messages to the logger service.
// Invariant: a line is at most logLineBytesMax long; what cannot be written is dropped, never
// thrown.

import { makeAddress, wellKnown } from "../wire/address.ts";
import { limits } from "../wire/limits.ts";
import { LogLevel, type LogLevelName } from "../wire/log-level.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { writeUtf8 } from "../wire/utf8.ts";
import { SafeUint8Array, StringPrototypeSlice as slice } from "../wire/primordials.ts";
import { copyBytes } from "./bytes.ts";
import { formatValues } from "./format.ts";
import type { Outbox } from "./outbox.ts";

const cutMark = " …";
const cutUnits = limits.logLineBytesMax / 3 - 4; // fit whatever characters they are

export class Log {
  readonly #outbox: Outbox;
  readonly #line = new SafeUint8Array(limits.logLineBytesMax + 1);
  node = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  write(level: LogLevelName, text: string): void {
    const line = this.#line;
    line[0] = LogLevel[level];
    let end = writeUtf8(text, line, 1);
    if (end < 0) end = writeUtf8(slice(text, 0, cutUnits) + cutMark, line, 1);
    const destination = makeAddress(this.node, wellKnown.logger);
    const frame = { destination, session: 0, kind: MessageKind.text, deadline: 0, source: 0 };
    this.#outbox.tryBody(frame, copyBytes(line, 0, end));
  }

  values(level: LogLevelName, values: readonly unknown[]): void {
    this.write(level, formatValues(values));
  }

  /** The console object of a service. */
  console(): Record<string, (...values: unknown[]) => void> {
    const at =
      (level: LogLevelName) =>
      (...values: unknown[]): void =>
        this.values(level, values);
    return {
      debug: at("debug"),
      log: at("info"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      trace: at("debug"),
      assert: (isTrue: unknown, ...values: unknown[]) => {
        if (!isTrue) this.write("error", `Assertion failed: ${formatValues(values)}`);
      },
    };
  }
}
