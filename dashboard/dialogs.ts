// Dialogs: a question before what cannot be undone, and what a person must be told.
// The browser. Used by the views.
// Invariant: Escape and "Cancel" do nothing; the focus goes back to where it was.

import { button, make, part } from "./elements.ts";

/** True when the person said yes. */
export async function ask(title: string, question: string, yes: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const no = button("Cancel", () => dialog.close());
  const go = button(yes, () => dialog.close("yes"), { class: "danger" });
  const dialog = open(title, question, [no, go]);
  dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  no.focus();
  return promise;
}

export function tell(title: string, text: string): void {
  const dialog = open(title, text, [button("Close", () => dialog.close())]);
}

function open(title: string, text: string, buttons: readonly HTMLElement[]): HTMLDialogElement {
  const head = make("h2", { id: "dialog-title" }, title);
  const row = make("div", { class: "buttons" }, ...buttons);
  const dialog = make("dialog", { "aria-labelledby": "dialog-title" });
  dialog.append(head, make("p", {}, text), row);
  part("dialogs").append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}
