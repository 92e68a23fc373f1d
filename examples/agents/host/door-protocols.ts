// Door protocols: the two ways in which a player's texts come over a connection and go back.
// Main thread. One reader for each connection, fed with its chunks.
// Invariant: a reader keeps at most one incomplete line or frame, and one upload of uploadBytesMax.

import { LineReader, PrefixedReader, prefixFrame } from "isonet/host";
import { gateLimits } from "./gate-limits.ts";

export type DoorHandlers = {
  /** What the player said: a line, or the line "upload" with the script's lines behind it. */
  readonly onText: (text: string) => void;
  /** The door itself has something to say; the connection goes on. */
  readonly onAnswer: (text: string) => void;
  /** The stream cannot be read on. */
  readonly onBroken: (text: string) => void;
};

export type DoorReader = {
  push(chunk: Uint8Array): void;
  /** The player sends no more. */
  finish(): void;
};

export type DoorProtocol = {
  readonly reader: (handlers: DoorHandlers) => DoorReader;
  readonly encode: (text: string) => Uint8Array | string;
};

/** Lines of text, for people with nc. */
export const lineProtocol: DoorProtocol = {
  reader: (handlers) => new LineDoor(handlers),
  encode: (text) => `${text}\n`,
};

/** A frame behind two bytes of length for each text, for programs. */
export const frameProtocol: DoorProtocol = {
  reader: ({ onText }) => {
    const reader = new PrefixedReader((body) => onText(Buffer.from(body).toString("utf8")));
    return { push: (chunk) => reader.push(chunk), finish: () => {} };
  },
  encode: (text) => prefixFrame(Buffer.from(text)),
};

class LineDoor implements DoorReader {
  readonly #handlers: DoorHandlers;
  readonly #lines: LineReader;
  /** Lines of an upload that has not ended: its dot is still to come. */
  #upload: string[] | undefined;
  #uploadBytes = 0;

  constructor(handlers: DoorHandlers) {
    this.#handlers = handlers;
    this.#lines = new LineReader(gateLimits.lineBytesMax, {
      onLine: (line) => this.#line(line),
      onOverlong: () =>
        handlers.onBroken(`a line has at most ${gateLimits.lineBytesMax} bytes; good bye`),
    });
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  finish(): void {
    this.#lines.finish();
  }

  #line(line: string): void {
    if (this.#upload !== undefined) this.#uploaded(this.#upload, line);
    else if (line.trim() === "upload") this.#begin();
    else this.#handlers.onText(line);
  }

  #begin(): void {
    this.#upload = ["upload"];
    this.#handlers.onAnswer("go on: the lines of the script, then a line with a dot");
  }

  #uploaded(upload: string[], line: string): void {
    if (line.trim() !== ".") {
      this.#uploadBytes += Buffer.byteLength(line) + 1;
      if (this.#uploadBytes <= gateLimits.uploadBytesMax) upload.push(line);
      return;
    }
    const bytes = this.#uploadBytes;
    this.#upload = undefined;
    this.#uploadBytes = 0;
    if (bytes <= gateLimits.uploadBytesMax) this.#handlers.onText(upload.join("\n"));
    else {
      this.#handlers.onAnswer(
        `the script has ${bytes} bytes; at most ${gateLimits.uploadBytesMax} are taken`,
      );
    }
  }
}
