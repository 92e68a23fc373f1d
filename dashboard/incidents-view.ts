// Incidents view: the post-mortem records: which services were stopped, and why.
// The browser. One of the views of main.ts.
// Invariant: records are asked for when there are new ones, not each second.

import type { Incident } from "../wire/containment-figures.ts";
import { make } from "./elements.ts";
import * as format from "./format.ts";
import { fetchIncidents } from "./host-link.ts";
import { servicePath } from "./router.ts";
import type { Store } from "./store.ts";
import type { View } from "./view.ts";

export class IncidentsView implements View {
  readonly element: HTMLElement;
  readonly #list = make("div", { class: "incidents" });
  #latest = -1;

  constructor() {
    this.element = make("div", { class: "view view-incidents" }, make("h1", {}, "Incidents"));
    this.element.append(this.#list);
  }

  update({ snapshot }: Store): void {
    const latest = snapshot?.incidents.latest;
    if (latest === undefined || latest === this.#latest) return;
    this.#latest = latest;
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const incidents = await fetchIncidents();
      const open = new Set([...this.#list.querySelectorAll("details[open]")].map(({ id }) => id));
      this.#list.replaceChildren(...incidents.map((incident) => incidentElement(incident, open)));
      if (incidents.length === 0) {
        this.#list.append(make("p", { class: "empty" }, "No service was stopped."));
      }
    } catch {
      this.#latest = -1; // asked again with the next snapshot
    }
  }
}

function incidentElement(incident: Incident, open: ReadonlySet<string>): HTMLElement {
  const { id, timeMs, kind, title, owner, text, address } = incident;
  const head = make(
    "summary",
    {},
    make("time", {}, format.dateText(timeMs)),
    make("span", { class: `state ${kind}` }, kind),
    make("b", {}, title === "" ? "nobody in its turn" : title),
    make("span", { class: "owner" }, owner),
    make("span", { class: "why" }, text),
  );
  const facts = make("dl", {});
  const fact = (name: string, value: string | Node): void => {
    facts.append(make("dt", {}, name), make("dd", {}, value));
  };
  if (address !== "") fact("Address", make("a", { href: servicePath(address) }, address));
  fact("Version", incident.version || "–");
  fact("Also lost", `${incident.alsoLost} services`);
  for (const [name, value] of Object.entries(incident.figures)) fact(name, format.count(value));
  const element = make("details", { id: `incident-${id}`, open: open.has(`incident-${id}`) });
  element.append(head, facts);
  const words = (label: string, value: string): void => {
    if (value.trim() === "") return;
    element.append(make("h3", {}, label), make("pre", { tabindex: 0 }, value));
  };
  words("Last messages", incident.messages.join("\n"));
  words("Last words of the process", incident.stderr);
  return element;
}
