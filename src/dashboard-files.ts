// Dashboard files: the page of the dashboard as a browser takes it: types stripped, nothing built.
// Main thread. Read by web-powers.ts; served by the console.
// Invariant: a name is looked up in the folder's own list: no name leads to another file.

import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type { Asset } from "../services/host/web/web-powers.ts";
import { stripTypes } from "./shard/strip-types.ts";

const folder = path.resolve(import.meta.dirname, "../dashboard");

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".ts": "text/javascript; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Files of packages that the page loads beside its own. */
const packageFiles: Readonly<Record<string, string>> = {
  "uplot.js": "uplot/dist/uPlot.iife.min.js",
  "uplot.css": "uplot/dist/uPlot.min.css",
};

export class DashboardFiles {
  readonly #files = new Map<string, string>();
  readonly #assets = new Map<string, Promise<Asset>>();

  constructor() {
    for (const name of readdirSync(folder)) {
      if (types[path.extname(name)] !== undefined) this.#files.set(name, path.join(folder, name));
    }
    const { resolve } = createRequire(import.meta.url);
    for (const [name, file] of Object.entries(packageFiles)) this.#files.set(name, resolve(file));
  }

  /** The file as it is sent; undefined when the page has none of this name. */
  read(name: string): Promise<Asset | undefined> {
    const file = this.#files.get(name);
    if (file === undefined) return Promise.resolve(undefined);
    const asset = this.#assets.get(name) ?? readAsset(file);
    this.#assets.set(name, asset);
    return asset;
  }
}

async function readAsset(file: string): Promise<Asset> {
  const text = await readFile(file, "utf8");
  const type = types[path.extname(file)] ?? "text/plain; charset=utf-8";
  return { type, bytes: Buffer.from(stripTypes(text, file)) };
}
