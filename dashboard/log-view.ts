// Log view: the last lines of all services, with a search.
// The browser. One of the views of main.ts.
// Invariant: as log-list.ts.

import { make } from "./elements.ts";
import { LogList } from "./log-list.ts";
import type { View } from "./view.ts";

export class LogView implements View {
  readonly element: HTMLElement;
  readonly #list = new LogList();
  readonly #search = make("input", {
    type: "search",
    placeholder: "Search lines",
    "aria-label": "Search lines of the log",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
  });

  constructor() {
    this.#search.addEventListener("input", () => this.#list.filter(this.#search.value));
    const search = make("span", { class: "search" }, this.#search, make("kbd", {}, "/"));
    const tools = make("div", { class: "tools" }, make("h1", {}, "Log"), search);
    this.element = make("div", { class: "view view-log" }, tools, this.#list.element);
  }

  update(): void {
    void this.#list.follow();
  }

  search(): void {
    this.#search.focus();
  }
}
