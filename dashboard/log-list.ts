// Log list: the last lines of the log, of all services or of one, followed as they come.
// The browser. Used by log-view.ts and service-view.ts.
// Invariant: at most linesMax lines are in the page; it scrolls along only while its end is in
// sight.

import type { LogLine } from "../wire/dashboard-figures.ts";
import { make } from "./elements.ts";
import * as format from "./format.ts";
import { fetchLog } from "./host-link.ts";
import { servicePath } from "./router.ts";

const linesMax = 1000;
const nearEnd = 24; // pixels

export class LogList {
  readonly element: HTMLElement;
  readonly #address: string | undefined;
  #last = 0;
  #isAsking = false;
  #wanted = "";

  constructor(address?: string) {
    this.#address = address;
    this.element = make("div", { class: "log", role: "log", tabindex: 0, "aria-label": "Log" });
  }

  /** Asks for new lines; one request at a time. */
  async follow(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      this.#add(await fetchLog(this.#last, this.#address));
    } catch {
      // The page's head tells of a host that does not answer.
    } finally {
      this.#isAsking = false;
    }
  }

  /** Shows only lines with this in them, as it is written. */
  filter(text: string): void {
    this.#wanted = text.toLowerCase();
    for (const line of this.element.children) this.#hide(line as HTMLElement);
    this.element.scrollTop = this.element.scrollHeight;
  }

  #add(lines: readonly LogLine[]): void {
    if (lines.length === 0) return;
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - nearEnd;
    for (const line of lines.slice(-linesMax)) this.element.append(this.#line(line));
    while (this.element.childElementCount > linesMax) this.element.firstElementChild?.remove();
    this.#last = lines.at(-1)?.number ?? this.#last;
    if (isAtEnd) this.element.scrollTop = this.element.scrollHeight;
  }

  #line({ timeMs, level, address, name, text }: LogLine): HTMLElement {
    const line = make("p", { class: `line level-${level}` });
    line.append(make("time", {}, format.clockText(timeMs)), make("b", {}, level));
    if (this.#address === undefined) {
      const speaker = make("a", { href: servicePath(address) }, address);
      line.append(speaker, make("i", {}, name));
    }
    line.append(make("span", {}, text));
    this.#hide(line);
    return line;
  }

  #hide(line: HTMLElement): void {
    const shown = (line.textContent ?? "").toLowerCase();
    line.hidden = !shown.includes(this.#wanted);
  }
}
