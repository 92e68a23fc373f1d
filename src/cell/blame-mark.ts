// Blame mark: whose code runs in a cell, in a file of eight bytes that the host reads when the cell
// is dead or does not answer.
// Written in the cell before each turn of another service; read on the host's main thread.
// Invariant: written before the code runs, by a system call: what was written outlives the process.

import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ServiceAddress } from "../../wire/address.ts";
import { TurnMark } from "../kernel/turn-mark.ts";

const markBytes = 4;

/** The cell's turn mark, which keeps the blame where the host can see it. */
export class BlameMark extends TurnMark {
  readonly #fd: number;
  readonly #word = new Uint32Array(1);
  readonly #bytes = new Uint8Array(this.#word.buffer);

  constructor(fd: number) {
    super(TurnMark.memory(1), 0);
    this.#fd = fd;
  }

  override blame(address: number): void {
    if (this.#word[0] === address >>> 0) return;
    this.#word[0] = address;
    writeSync(this.#fd, this.#bytes, 0, markBytes, 0);
  }

  override begin(destination: number, source: number, sliceMs?: number): void {
    this.blame(destination);
    super.begin(destination, source, sliceMs);
  }
}

/** The host's end: a file without a name, whose descriptor the cell inherits. */
export class BlameFile {
  readonly fd: number;
  readonly #word = new Uint32Array(1);
  #isClosed = false;

  constructor(directory: string = os.tmpdir()) {
    const folder = mkdtempSync(path.join(directory, "isonet-"));
    const file = path.join(folder, "mark");
    this.fd = openSync(file, "w+", 0o600);
    unlinkSync(file);
    rmdirSync(folder);
  }

  /** Whose code runs, or ran last; undefined: nobody's. */
  read(): ServiceAddress | undefined {
    if (this.#isClosed) return undefined;
    const bytes = readSync(this.fd, new Uint8Array(this.#word.buffer), 0, markBytes, 0);
    const address = this.#word[0] as number;
    return bytes === markBytes && address !== 0 ? (address as ServiceAddress) : undefined;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.fd);
  }
}
