// Service table: the services as rows, of which only those in sight are in the page.
// The browser. Given its rows by services-view.ts.
// Invariant: the work of a second is that of the rows in sight, however many services there are;
// the chosen row is a service, and stays it wherever it moves.

import type { ServiceRow } from "../wire/dashboard-figures.ts";
import { make, setText } from "./elements.ts";
import { servicePath } from "./router.ts";
import { columns, sorted, type Column } from "./service-columns.ts";

const rowHeight = 28;
const extraRows = 8; // above and below what is in sight

type Order = { readonly key: string; readonly isDescending: boolean };

type RowElement = { readonly element: HTMLTableRowElement; readonly link: HTMLAnchorElement };

export class ServiceTable {
  readonly element: HTMLElement;
  readonly #body = make("tbody");
  readonly #above = make("tr", { class: "space", "aria-hidden": "true" });
  readonly #below = make("tr", { class: "space", "aria-hidden": "true" });
  readonly #heads = new Map<string, HTMLElement>();
  readonly #table: HTMLTableElement;
  readonly #rowElements: RowElement[] = [];
  #rows: readonly ServiceRow[] = [];
  #order: Order = { key: "address", isDescending: false };
  #chosen: string | undefined;

  constructor() {
    const head = make("tr", {}, ...columns.map((column) => this.#head(column)));
    const groups = columns.map(({ key, width, rank }) => {
      const group = make("col", { class: `rank-${rank} col-${key}` });
      if (width !== undefined) group.style.width = `${width}px`;
      return group;
    });
    this.#body.append(this.#above, this.#below);
    this.#table = make(
      "table",
      { class: "services", role: "grid", "aria-label": "Services" },
      make("colgroup", {}, ...groups),
      make("thead", {}, head),
      this.#body,
    );
    this.element = make("div", { class: "scroll", tabindex: 0, id: "rows" }, this.#table);
    this.element.addEventListener("scroll", () => this.#render());
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    new ResizeObserver(() => this.#render()).observe(this.element);
    this.#showOrder();
  }

  /** Shows these services, in the order that is chosen. */
  show(rows: readonly ServiceRow[]): void {
    this.#rows = sorted(rows, this.#order);
    this.#table.setAttribute("aria-rowcount", String(this.#rows.length + 1));
    this.#render();
  }

  /** From the search: the first row is chosen and Enter opens it. */
  enter(): void {
    this.element.focus();
    this.#choose(Math.max(0, this.#chosenIndex));
  }

  openFirst(): void {
    const first = this.#rows[Math.max(0, this.#chosenIndex)];
    if (first !== undefined) location.hash = servicePath(first.address);
  }

  #head(column: Column): HTMLElement {
    const { key, label, unit, isNumber, rank } = column;
    const text = make("span", {}, label);
    const sort = make("button", { type: "button" }, text);
    if (unit !== undefined) sort.append(" ", make("span", { class: "unit" }, unit));
    sort.addEventListener("click", () => this.#sortBy(column));
    const kind = isNumber ? "number" : "text";
    const head = make("th", { scope: "col", class: `${kind} rank-${rank} col-${key}` }, sort);
    this.#heads.set(key, head);
    return head;
  }

  #sortBy({ key, isNumber }: Column): void {
    const isAgain = this.#order.key === key;
    // The largest number is what one looks for, and the first name.
    this.#order = { key, isDescending: isAgain ? !this.#order.isDescending : isNumber };
    this.#showOrder();
    this.element.scrollTop = 0;
    this.show(this.#rows);
  }

  #showOrder(): void {
    const { key, isDescending } = this.#order;
    for (const [name, head] of this.#heads) {
      const order = isDescending ? "descending" : "ascending";
      head.setAttribute("aria-sort", name === key ? order : "none");
    }
  }

  get #chosenIndex(): number {
    return this.#rows.findIndex(({ address }) => address === this.#chosen);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target !== this.element) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / rowHeight) - 2);
    const last = this.#rows.length - 1;
    const at = this.#chosenIndex;
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(0, at - 1),
      PageDown: at + page,
      PageUp: Math.max(0, at - page),
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to !== undefined) this.#choose(Math.min(to, last));
    else if (event.key === "Enter" && at >= 0) this.openFirst();
    else return;
    event.preventDefault();
  }

  #choose(index: number): void {
    const row = this.#rows[index];
    if (row === undefined) return;
    this.#chosen = row.address;
    const headHeight = this.#table.tHead?.offsetHeight ?? 0;
    const top = index * rowHeight;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    const bottom = top + rowHeight + headHeight;
    if (bottom > scrollTop + clientHeight) this.element.scrollTop = bottom - clientHeight;
    this.#render();
  }

  /** Puts the rows in sight into the page, those that are there with new texts. */
  #render(): void {
    if (!this.element.isConnected) return;
    const inSight = Math.ceil(this.element.clientHeight / rowHeight) + 2 * extraRows;
    const scrolled = Math.floor(this.element.scrollTop / rowHeight) - extraRows;
    const first = Math.max(0, Math.min(scrolled, this.#rows.length - inSight));
    const shown = this.#rows.slice(first, first + inSight);
    while (this.#rowElements.length < shown.length) this.#addRow();
    for (const [index, { element }] of this.#rowElements.entries()) {
      element.hidden = index >= shown.length;
    }
    for (const [index, row] of shown.entries()) this.#fill(index, row, first + index);
    this.#above.style.height = `${first * rowHeight}px`;
    const below = this.#rows.length - first - shown.length;
    this.#below.style.height = `${below * rowHeight}px`;
    const isChosenShown = shown.some(({ address }) => address === this.#chosen);
    if (isChosenShown) this.element.setAttribute("aria-activedescendant", "chosen");
    else this.element.removeAttribute("aria-activedescendant");
  }

  #addRow(): void {
    const link = make("a", { tabindex: -1 });
    const cells = columns.map(({ key, isNumber, rank }) => {
      const kind = isNumber ? "number" : "text";
      const cell = make("td", { class: `${kind} rank-${rank} col-${key} cell-${key}` });
      if (key === "title") cell.append(link);
      return cell;
    });
    const element = make("tr", {}, ...cells);
    element.addEventListener("click", () => {
      const { address } = element.dataset;
      if (address !== undefined && getSelection()?.isCollapsed !== false) {
        location.hash = servicePath(address);
      }
    });
    this.#rowElements.push({ element, link });
    this.#below.before(element);
  }

  #fill(index: number, row: ServiceRow, position: number): void {
    const { element, link } = this.#rowElements[index] as RowElement;
    element.dataset["address"] = row.address;
    element.dataset["state"] = row.state;
    element.setAttribute("aria-rowindex", String(position + 2));
    const isChosen = row.address === this.#chosen;
    element.setAttribute("aria-selected", String(isChosen));
    if (isChosen) element.id = "chosen";
    else element.removeAttribute("id");
    for (const [at, column] of columns.entries()) {
      const cell = element.cells[at] as HTMLTableCellElement;
      const words = column.text(row);
      const isNothing = column.isNumber && column.value(row) === 0;
      cell.classList.toggle("nothing", isNothing);
      if (column.key === "title") {
        setText(link, words);
        if (cell.title !== words) cell.title = words;
        const path = servicePath(row.address);
        if (link.getAttribute("href") !== path) link.setAttribute("href", path);
      } else setText(cell, words);
    }
  }
}
