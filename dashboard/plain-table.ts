// Plain table: a small table of a few rows, made anew only when it says something else.
// The browser. Used by the views of cells, owners, strikes and tasks.
// Invariant: a table that is replaced keeps the focus of the button with the same label.

import { make } from "./elements.ts";

export type PlainColumn<Row> = {
  readonly label: string;
  readonly text: (row: Row) => string | Node;
  readonly isNumber?: true;
};

export class PlainTable<Row> {
  readonly element = make("div", { class: "plain" });
  readonly #columns: readonly PlainColumn<Row>[];
  readonly #empty: string;
  #shown = "";

  /** `empty` is the sentence for no rows. */
  constructor(columns: readonly PlainColumn<Row>[], empty: string) {
    this.#columns = columns;
    this.#empty = empty;
  }

  show(rows: readonly Row[]): void {
    const wanted = JSON.stringify(rows);
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    const focused = document.activeElement?.getAttribute("aria-label");
    if (rows.length === 0) {
      this.element.replaceChildren(make("p", { class: "empty" }, this.#empty));
      return;
    }
    const kind = (column: PlainColumn<Row>): string => (column.isNumber ? "number" : "text");
    const heads = this.#columns.map((column) =>
      make("th", { scope: "col", class: kind(column) }, column.label),
    );
    const lines = rows.map((row) => {
      const cells = this.#columns.map((column) =>
        make("td", { class: kind(column) }, column.text(row)),
      );
      return make("tr", {}, ...cells);
    });
    const body = make("tbody", {}, ...lines);
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body);
    this.element.replaceChildren(table);
    for (const each of this.element.querySelectorAll("button")) {
      if (focused !== null && each.getAttribute("aria-label") === focused) each.focus();
    }
  }
}
