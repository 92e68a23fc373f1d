// Service view: one service: its figures and plots, what it does, its log, and tools to work on it.
// The browser. One of the views of main.ts, made anew for each service.
// Invariant: a service that has ended stays in sight with its last figures, and says so.

import type { ServiceRow } from "../wire/dashboard-figures.ts";
import { ask, tell } from "./dialogs.ts";
import { button, make, panel, setText } from "./elements.ts";
import * as format from "./format.ts";
import { run, textOf, type CommandHelp } from "./host-link.ts";
import { LogList } from "./log-list.ts";
import { Plots } from "./plots.ts";
import { ServiceInsight } from "./service-insight.ts";
import { serviceTools } from "./service-tools.ts";
import type { Store } from "./store.ts";
import type { View } from "./view.ts";

type Fact = readonly [label: string, text: (row: ServiceRow) => string];

const facts: readonly Fact[] = [
  ["Module", ({ module }) => module],
  ["Version", ({ version }) => version || "as loaded"],
  ["Owner", ({ owner }) => owner],
  ["Trust", ({ isTrusted }) => (isTrusted ? "trusted" : "untrusted")],
  ["Place", ({ place }) => place || "–"],
  ["Restarts", ({ restarts }) => format.count(restarts)],
  ["Messages", ({ messages }) => format.count(messages)],
  ["CPU", ({ cpuSeconds }) => `${format.seconds(cpuSeconds)} s`],
  ["Heap limit", ({ heapLimitBytes }) => format.bytesText(heapLimitBytes)],
  ["Tasks", ({ tasks }) => format.count(tasks)],
  ["Timers", ({ timers }) => format.count(timers)],
  ["Faults", ({ faults }) => format.count(faults)],
  ["Refused", ({ refused }) => format.count(refused)],
  ["Owner's strikes", ({ strikes }) => format.count(Math.round(strikes))],
];

export class ServiceView implements View {
  readonly element: HTMLElement;
  readonly #address: string;
  readonly #title = make("h1", {});
  readonly #state = make("span", { class: "state" });
  readonly #facts = new Map<string, HTMLElement>();
  readonly #plots: Plots;
  readonly #log: LogList;
  readonly #insight: ServiceInsight;
  #row: ServiceRow | undefined;

  constructor(address: string, commands: Readonly<Record<string, CommandHelp>>) {
    this.#address = address;
    this.#plots = new Plots(address);
    this.#log = new LogList(address);
    this.#insight = new ServiceInsight(address);
    const head = make("div", { class: "head" }, this.#title, make("code", {}, address));
    head.append(this.#state, this.#actions());
    const log = panel("Log", this.#log.element);
    const panels = make("div", { class: "panels" }, this.#factList(), log);
    this.element = make("div", { class: "view view-service" });
    this.element.append(head, this.#plots.element, panels, this.#insight.element);
    this.element.append(serviceTools(address, new Set(Object.keys(commands))));
  }

  update(store: Store): void {
    const row = store.row(this.#address);
    if (row !== undefined) this.#row = row;
    const shown = row ?? this.#row;
    const isGone = row === undefined && store.snapshot !== undefined;
    setText(this.#title, shown?.title ?? "Service");
    const state = isGone ? "ended" : (shown?.state ?? "");
    setText(this.#state, state);
    this.#state.className = `state ${state.replace(" ", "-")}`;
    for (const [label, text] of facts) {
      const element = this.#facts.get(label);
      if (element !== undefined) setText(element, shown === undefined ? "–" : text(shown));
    }
    this.#plots.update(store, {
      rate: row?.messagesPerSecond ?? 0,
      cpu: row?.cpuShare ?? 0,
      heap: row?.heapBytes ?? 0,
      queue: row?.queue ?? 0,
    });
    void this.#log.follow();
    if (row !== undefined) this.#insight.follow();
  }

  close(): void {
    this.#plots.close();
  }

  #factList(): HTMLElement {
    const list = make("dl", {});
    for (const [label] of facts) {
      const value = make("dd", {}, "–");
      this.#facts.set(label, value);
      list.append(make("div", {}, make("dt", {}, label), value));
    }
    return panel("Figures", list);
  }

  #actions(): HTMLElement {
    const act = async (what: string, command: string, words: readonly number[]): Promise<void> => {
      try {
        const { lines } = await run(command, [this.#address, ...words]);
        if (command === "gc") tell(what, lines.join("\n") || "done");
      } catch (error) {
        tell(what, textOf(error));
      }
    };
    const kill = async (): Promise<void> => {
      const name = this.#row?.title ?? "this service";
      const question = `End ${name} (${this.#address}) at once? Its callers are told.`;
      if (await ask("Kill service", question, "Kill")) await act("Kill", "kill", []);
    };
    return make(
      "div",
      { class: "buttons", role: "group", "aria-label": "Actions" },
      button("Collect garbage", () => void act("Collect garbage", "gc", [])),
      button("Interrupt turn", () => void act("Interrupt turn", "signal", [0])),
      button("Kill…", () => void kill(), { class: "danger" }),
    );
  }
}
