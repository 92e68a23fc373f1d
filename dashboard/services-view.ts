// Services view: the plots of all services, and the table of them with search and filters.
// The browser. One of the views of main.ts; kept while others are shown.
// Invariant: search and filters only ever leave rows out.

import type { ServiceRow } from "../wire/dashboard-figures.ts";
import { make, setText } from "./elements.ts";
import * as format from "./format.ts";
import { Plots } from "./plots.ts";
import { ServiceTable } from "./service-table.ts";
import type { Store } from "./store.ts";
import type { View } from "./view.ts";

const filterKeys = ["module", "owner", "place"] as const;
type FilterKey = (typeof filterKeys)[number];

const filterLabels: Readonly<Record<FilterKey, string>> = {
  module: "Module",
  owner: "Owner",
  place: "Place",
};

/** Choices of one filter; more are found by the search. */
const choicesMax = 500;

export class ServicesView implements View {
  readonly element: HTMLElement;
  readonly #plots = new Plots();
  readonly #table = new ServiceTable();
  readonly #search: HTMLInputElement;
  readonly #count = make("output", { class: "shown", for: "search" });
  readonly #filters = new Map<FilterKey, HTMLSelectElement>();
  #store: Store | undefined;
  #searchesWhenShown = false;

  constructor() {
    this.#search = make("input", {
      id: "search",
      type: "search",
      placeholder: "Search address, service, owner",
      "aria-label": "Search services",
      "aria-keyshortcuts": "/",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.#search.addEventListener("input", () => this.#show());
    this.#search.addEventListener("keydown", (event) => this.#onKey(event));
    const search = make("span", { class: "search" }, this.#search, make("kbd", {}, "/"));
    const tools = make("div", { class: "tools", role: "search" }, search);
    for (const key of filterKeys) tools.append(this.#filter(key));
    tools.append(this.#count);
    const list = make("section", { class: "list", "aria-label": "Services" }, tools);
    list.append(this.#table.element);
    this.element = make("div", { class: "view view-services" }, this.#plots.element, list);
  }

  update(store: Store): void {
    this.#store = store;
    this.#plots.update(store, store.totals);
    for (const [key, select] of this.#filters) fillFilter(select, key, store.rows);
    this.#show();
  }

  opened(): void {
    if (this.#searchesWhenShown) this.search();
    this.#searchesWhenShown = false;
  }

  search(): void {
    this.#search.focus();
    this.#search.select();
  }

  searchWhenShown(): void {
    this.#searchesWhenShown = true;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.#search.value = "";
      this.#show();
    } else if (event.key === "ArrowDown") this.#table.enter();
    else if (event.key === "Enter") this.#table.openFirst();
    else return;
    event.preventDefault();
  }

  #filter(key: FilterKey): HTMLElement {
    const select = make("select", { id: `filter-${key}` }, make("option", { value: "" }, "all"));
    select.addEventListener("change", () => this.#show());
    this.#filters.set(key, select);
    return make("label", { class: "filter" }, filterLabels[key], " ", select);
  }

  #show(): void {
    const rows = this.#store?.rows ?? [];
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = [...this.#filters].filter(([, { value }]) => value !== "");
    const shown = rows.filter(
      (row) => chosen.every(([key, { value }]) => row[key] === value) && holds(row, words),
    );
    this.#table.show(shown);
    const all = format.count(rows.length);
    const isAll = shown.length === rows.length;
    const text = isAll ? `${all} services` : `${format.count(shown.length)} of ${all} services`;
    setText(this.#count, text);
  }
}

function holds(row: ServiceRow, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = `${row.address} ${row.title} ${row.owner} ${row.place} ${row.state}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Keeps the choice; one that has no services any more stays until another is made. */
function fillFilter(select: HTMLSelectElement, key: FilterKey, rows: readonly ServiceRow[]): void {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row[key], (counts.get(row[key]) ?? 0) + 1);
  if (select.value !== "" && !counts.has(select.value)) counts.set(select.value, 0);
  counts.delete("");
  const byNumber = new Intl.Collator("en", { numeric: true });
  const choices = [...counts.keys()].toSorted(byNumber.compare).slice(0, choicesMax);
  const wanted = choices.join("\n");
  if (select.dataset["choices"] === wanted || document.activeElement === select) return;
  select.dataset["choices"] = wanted;
  const { value } = select;
  const options = choices.map((choice) => make("option", { value: choice }, choice));
  select.replaceChildren(make("option", { value: "" }, "all"), ...options);
  select.value = value;
}
