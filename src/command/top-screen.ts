// Top screen: a terminal as long as `isonet top` has it: lines that are drawn anew, and keys.
// Main thread of the isonet command. Made by top.ts.
// Invariant: the terminal is as it was before when it is closed; what is wider or longer than the
// terminal is cut, not wrapped: a wrapped line would move the others.

/** A terminal in both directions: what of process.stdin and process.stdout is used. */
export type Terminal = {
  readonly input: {
    setRawMode(isRaw: boolean): unknown;
    resume(): unknown;
    pause(): unknown;
    on(event: "data", heard: (keys: Buffer) => void): unknown;
    off(event: "data", heard: (keys: Buffer) => void): unknown;
  };
  readonly output: {
    readonly columns?: number;
    readonly rows?: number;
    write(text: string): unknown;
    on(event: "resize", heard: () => void): unknown;
    off(event: "resize", heard: () => void): unknown;
  };
};

const escape = "\u001B[";
const screen = { enter: `${escape}?1049h${escape}?25l`, leave: `${escape}?25h${escape}?1049l` };
const home = `${escape}H`;
const clearLine = `${escape}K`;
const clearBelow = `${escape}J`;

export class TopScreen {
  readonly #terminal: Terminal;
  readonly #onKeys: (keys: Buffer) => void;
  readonly #onResize = (): void => this.#draw();
  #lines: readonly string[] = [];
  #isOpen = true;

  constructor(terminal: Terminal, onKey: (key: string) => void) {
    this.#terminal = terminal;
    this.#onKeys = (keys) => {
      for (const code of keys) onKey(String.fromCharCode(code));
    };
    const { input, output } = terminal;
    output.write(screen.enter);
    output.on("resize", this.#onResize);
    input.setRawMode(true);
    input.on("data", this.#onKeys);
    input.resume();
  }

  show(lines: readonly string[]): void {
    this.#lines = lines;
    this.#draw();
  }

  #draw(): void {
    if (!this.#isOpen) return;
    const { output } = this.#terminal;
    const { columns = 80, rows = 24 } = output;
    const shown = this.#lines.slice(0, rows).map((line) => line.slice(0, columns) + clearLine);
    output.write(home + shown.join("\r\n") + clearBelow);
  }

  /** Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { input, output } = this.#terminal;
    output.off("resize", this.#onResize);
    input.off("data", this.#onKeys);
    input.setRawMode(false);
    input.pause();
    output.write(screen.leave);
  }
}
