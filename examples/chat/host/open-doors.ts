// Open doors: reads the page's files, which a service cannot, and has the door service open.
// Main thread, once, when the host is up.
// Invariant: nothing of the page is kept here; a service serves it.

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Host } from "isonet/host";
import type { DoorCommands } from "../services/door.ts";

const folder = path.resolve(import.meta.dirname, "../page");
const names = ["index.html", "style.css", "chat.js"];

/** Fails with PORT_IN_USE, LISTEN_FAILED, ARGUMENT_INVALID. */
export async function openDoors(host: Host): Promise<void> {
  const page: Record<string, string> = {};
  for (const name of names) page[name] = await readFile(path.join(folder, name), "utf8");
  const door = host.isonet.service<DoorCommands>(".door");
  const { page: web, lines } = await door.call.open(page);
  const hint = `chat at http://${web.host}:${web.port}/, or nc ${lines.host} ${lines.port}`;
  host.listeners.push({ what: "page", ...web });
  host.listeners.push({ what: "lines", ...lines, hint });
}
