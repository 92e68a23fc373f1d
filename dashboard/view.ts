// View: what main.ts shows one of at a time.
// The browser.
// Invariant: types only.

import type { Store } from "./store.ts";

export type View = {
  readonly element: HTMLElement;
  /** A new snapshot is there, or the view has just been shown. */
  update(store: Store): void;
  /** It is in the page. */
  opened?(): void;
  /** Puts the caret into its search; a view without one has none of this. */
  search?(): void;
  /** It is taken out of the page for good. */
  close?(): void;
};
