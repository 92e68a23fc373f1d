// Service tools: hotfix, inject, profile and heap of one service, each there when the host has its
// command.
// The browser. Used by service-view.ts.
// Invariant: a tool shows what the console prints of the same command; while it runs it cannot be
// started again.

import { button, make } from "./elements.ts";
import { run, textOf } from "./host-link.ts";

type Step = {
  readonly label: string;
  readonly command: string;
  /** What stands behind the address. */
  readonly words: (form: Form) => readonly (string | number)[];
  readonly hasSource?: true;
};

type Tool = {
  readonly title: string;
  readonly about: string;
  readonly hasCode?: true;
  readonly secondsInitial?: number;
  readonly steps: readonly Step[];
};

const tools: readonly Tool[] = [
  {
    title: "Hotfix",
    about: "Replaces the module's code between two turns; its state stays.",
    hasCode: true,
    steps: [
      {
        label: "Dry run",
        command: "hotfix",
        words: ({ file }) => [file, "--dry-run"],
        hasSource: true,
      },
      { label: "Apply", command: "hotfix", words: ({ file }) => [file], hasSource: true },
      {
        label: "Replace",
        command: "hotfix",
        words: ({ file }) => [file, "--replace"],
        hasSource: true,
      },
      { label: "Revert", command: "hotfix", words: () => ["--revert"] },
      { label: "Versions", command: "versions", words: () => [] },
    ],
  },
  {
    title: "Inject",
    about: "Runs a script in the scope of the module; print(…) shows values.",
    hasCode: true,
    steps: [{ label: "Run", command: "inject", words: ({ file }) => [file], hasSource: true }],
  },
  {
    title: "Profile",
    about: "Samples where its time goes.",
    secondsInitial: 5,
    steps: [{ label: "Profile", command: "profile", words: ({ seconds }) => [seconds] }],
  },
  {
    title: "Heap",
    about: "What its memory is made of, and what grows.",
    secondsInitial: 10,
    steps: [
      { label: "Snapshot", command: "heap", words: () => [] },
      { label: "Growth", command: "heapdiff", words: ({ seconds }) => [seconds] },
    ],
  },
];

type Form = { readonly file: string; readonly seconds: number };

export function serviceTools(address: string, commands: ReadonlySet<string>): HTMLElement {
  const panels = make("div", { class: "panels tools-of-service" });
  for (const tool of tools) {
    const steps = tool.steps.filter(({ command }) => commands.has(command));
    if (steps.length > 0) panels.append(new ToolPanel(address, { ...tool, steps }).element);
  }
  return panels;
}

class ToolPanel {
  readonly element: HTMLElement;
  readonly #address: string;
  readonly #code: HTMLTextAreaElement | undefined;
  readonly #seconds: HTMLInputElement | undefined;
  readonly #output = make("pre", { tabindex: 0, role: "status", "aria-label": "Output" });
  readonly #buttons: HTMLButtonElement[];
  #file: string;

  constructor(address: string, { title, about, hasCode, secondsInitial, steps }: Tool) {
    this.#address = address;
    this.#file = `${title.toLowerCase()}.js`;
    this.element = make("section", { class: "panel" }, make("h2", {}, title));
    this.element.append(make("p", { class: "about" }, about));
    if (hasCode) {
      this.#code = make("textarea", {
        rows: 8,
        spellcheck: "false",
        "aria-label": `${title} code`,
      });
      this.element.append(this.#fileInput(title), this.#code);
    }
    this.#buttons = steps.map((step) => button(step.label, () => void this.#run(step)));
    const row = make("div", { class: "buttons" }, ...this.#buttons);
    if (secondsInitial !== undefined) {
      this.#seconds = make("input", { type: "number", min: 1, max: 300, value: secondsInitial });
      row.append(make("label", {}, this.#seconds, " seconds"));
    }
    this.#output.hidden = true;
    this.element.append(row, this.#output);
  }

  #fileInput(title: string): HTMLElement {
    const input = make("input", { type: "file", accept: ".ts,.mts,.js,.mjs" });
    const read = async (file: File): Promise<void> => {
      this.#file = file.name;
      if (this.#code !== undefined) this.#code.value = await file.text();
    };
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file !== undefined) void read(file);
    });
    return make("label", { class: "file" }, `${title} from a file `, input);
  }

  async #run({ command, words, hasSource }: Step): Promise<void> {
    for (const each of this.#buttons) each.disabled = true;
    this.#say("running …", "waits");
    const form = { file: this.#file, seconds: Number(this.#seconds?.value ?? 0) };
    try {
      const source = hasSource ? this.#code?.value : undefined;
      const { lines, file } = await run(command, [this.#address, ...words(form)], source);
      this.#say(lines.join("\n") || "done", "done");
      if (file !== undefined) {
        const link = make("a", { href: file, download: true, class: "download" }, "Download file");
        this.#output.prepend(link, "\n");
      }
    } catch (error) {
      this.#say(textOf(error), "failed");
    }
    for (const each of this.#buttons) each.disabled = false;
  }

  #say(text: string, state: "waits" | "done" | "failed"): void {
    this.#output.hidden = false;
    this.#output.dataset["state"] = state;
    this.#output.textContent = text;
  }
}
