// Service insight: what a service tells of itself: its info, and its suspended requests.
// The browser. Used by service-view.ts.
// Invariant: a service that does not answer is asked again only when it has answered or failed, and
// not each second.

import { make, panel, setText } from "./elements.ts";
import { run, textOf } from "./host-link.ts";

const askMs = 3000;

export class ServiceInsight {
  readonly element = make("div", { class: "panels" });
  readonly #address: string;
  readonly #info = make("pre", { tabindex: 0, "aria-label": "Info" });
  readonly #tasks = make("pre", { tabindex: 0, "aria-label": "Tasks" });
  #isAsking = false;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(address: string) {
    this.#address = address;
    this.element.append(panel("Info", this.#info), panel("Tasks", this.#tasks));
  }

  follow(): void {
    if (this.#isAsking || performance.now() - this.#askedMs < askMs) return;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    const lines = async (command: string, nothing: string): Promise<string> => {
      try {
        const { value, lines: printed } = await run(command, [this.#address]);
        if (command === "info") return value === null ? nothing : JSON.stringify(value, null, 2);
        return printed.join("\n") || nothing;
      } catch (error) {
        return textOf(error);
      }
    };
    const [info, tasks] = await Promise.all([
      lines("info", "It tells nothing of itself (infoFunc)."),
      lines("task", "No suspended requests."),
    ]);
    setText(this.#info, info);
    setText(this.#tasks, tasks);
    this.#askedMs = performance.now();
    this.#isAsking = false;
  }
}
