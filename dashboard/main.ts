// Main: the dashboard's page: one view at a time, and a snapshot of the host each second.
// The browser. Loaded by index.html.
// Invariant: one request for a snapshot at a time; a page that is not looked at asks for none.

import type { Snapshot } from "../wire/dashboard-figures.ts";
import { CellsView } from "./cells-view.ts";
import { make, part, setText } from "./elements.ts";
import * as format from "./format.ts";
import { fetchCommands, fetchSnapshot, textOf, type CommandHelp } from "./host-link.ts";
import { IncidentsView } from "./incidents-view.ts";
import { LogView } from "./log-view.ts";
import { routeOf, type Route } from "./router.ts";
import { ServiceView } from "./service-view.ts";
import { ServicesView } from "./services-view.ts";
import { Store } from "./store.ts";
import type { View } from "./view.ts";

const pollMs = 1000;

const store = new Store();
let commands: Readonly<Record<string, CommandHelp>> = {};
let route = routeOf("");
let view: View | undefined;
/** Kept while others are shown, with its search, order and place. */
const services = new ServicesView();

const tabs = [
  ["services", "Services", "#/"],
  ["cells", "Cells", "#/cells"],
  ["incidents", "Incidents", "#/incidents"],
  ["log", "Log", "#/log"],
] as const;
const counts = new Map<string, HTMLElement>();

function viewOf(next: Route): View {
  switch (next.kind) {
    case "service":
      return new ServiceView(next.address, commands);
    case "cells":
      return new CellsView();
    case "incidents":
      return new IncidentsView();
    case "log":
      return new LogView();
    case "services":
  }
  return services;
}

function show(): void {
  route = routeOf(location.hash);
  view?.close?.();
  view = viewOf(route);
  part("main").replaceChildren(view.element);
  for (const link of part("tabs").querySelectorAll("a")) {
    const kind = route.kind === "service" ? "services" : route.kind;
    if (link.dataset["view"] === kind) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  view.update(store);
  view.opened?.();
}

function makeTabs(): void {
  for (const [kind, label, path] of tabs) {
    const number = make("span", { class: "count" });
    counts.set(kind, number);
    const link = make("a", { href: path, "data-view": kind }, label, " ", number);
    part("tabs").append(link);
  }
}

function showFacts({ host, cells, incidents }: Snapshot): void {
  const { version, node, uptimeMs, rssBytes, isolates, isolatesMax } = host;
  const facts = [
    `node ${node}`,
    `version ${version}`,
    `up ${format.duration(uptimeMs)}`,
    `${format.bytesText(rssBytes)} resident`,
    `${format.count(isolates)} of ${format.count(isolatesMax)} isolates`,
  ];
  setText(part("facts"), facts.join(" · "));
  badge("services", store.rows.length);
  badge("cells", cells.length);
  badge("incidents", incidents.count);
}

function badge(kind: string, value: number): void {
  const element = counts.get(kind);
  if (element !== undefined) setText(element, value === 0 ? "" : format.count(value));
}

function showLink(state: "live" | "lost", text: string): void {
  const link = part("link");
  link.dataset["state"] = state;
  setText(link, text);
}

async function poll(): Promise<void> {
  try {
    const snapshot = await fetchSnapshot();
    store.take(snapshot);
    showFacts(snapshot);
    const stuck = store.rows.filter(({ state }) => state === "no answer").length;
    showLink("live", stuck === 0 ? "live" : `live, ${stuck} do not answer`);
    view?.update(store);
  } catch (error) {
    showLink("lost", `no connection: ${textOf(error)}`);
  }
}

async function follow(): Promise<void> {
  for (;;) {
    const startMs = performance.now();
    if (!document.hidden) await poll();
    const restMs = Math.max(100, pollMs - (performance.now() - startMs));
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, restMs);
    await promise;
  }
}

function onKey(event: KeyboardEvent): void {
  const isTyping =
    event.target instanceof HTMLElement && event.target.closest("input,textarea,select,dialog");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (view?.search !== undefined) {
    view.search();
    return;
  }
  services.searchWhenShown();
  location.hash = "#/";
}

makeTabs();
show();
addEventListener("hashchange", show);
addEventListener("keydown", onKey);
try {
  commands = await fetchCommands();
} catch (error) {
  showLink("lost", textOf(error));
}
if (routeOf(location.hash).kind === "service") show();
await follow();
