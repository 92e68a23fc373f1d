// Layers: who may import whom. The table that the layer test reads; the compiler and the linter
// refuse the same.
// A file belongs to the row that names it, or else to the longest folder that holds it.

export type Layer = {
  readonly folder: string;
  /** Folders it may import from, besides its own. */
  readonly mayImport: readonly string[];
  /** True when it may import node:*. */
  readonly node?: true;
  /** True when it may import "isonet" and its libraries: its host's types, or a service's API. */
  readonly isonet?: true;
};

const lowerHost = ["src/engine", "src/link", "src/net", "src/log"];
const services = ["services/api", "services/host"];

export const layers: readonly Layer[] = [
  { folder: "wire", mayImport: [] },
  { folder: "sandbox", mayImport: ["wire"], isonet: true },
  { folder: "library", mayImport: ["wire"], isonet: true },
  { folder: "client", mayImport: ["wire"], node: true },
  { folder: "src/kernel", mayImport: ["wire"] },
  { folder: "src/engine", mayImport: ["wire", "src/kernel"], node: true },
  { folder: "src/link", mayImport: ["wire", "src/kernel"], node: true },
  { folder: "src/net", mayImport: ["wire", "src/kernel"], node: true },
  { folder: "src/log", mayImport: ["wire", "src/kernel"], node: true },
  {
    folder: "src/shard",
    mayImport: ["wire", "src/kernel", ...lowerHost, "sandbox"],
    node: true,
    isonet: true,
  },
  {
    folder: "src/placement",
    mayImport: ["wire", "src/kernel", ...lowerHost, "src/shard"],
    node: true,
    isonet: true,
  },
  {
    folder: "src/cell",
    mayImport: ["wire", "src/kernel", ...lowerHost, "src/shard", "src/placement"],
    node: true,
    isonet: true,
  },
  {
    folder: "src",
    mayImport: [
      "wire",
      "sandbox",
      "src/kernel",
      ...lowerHost,
      "src/shard",
      "src/placement",
      "src/cell",
      ...services,
    ],
    node: true,
    isonet: true,
  },
  { folder: "src/main.ts", mayImport: ["src/command"] },
  {
    folder: "src/command",
    mayImport: ["wire", "client", "src", ...lowerHost, ...services],
    node: true,
  },
  { folder: "services/api", mayImport: [], isonet: true },
  { folder: "services/host", mayImport: ["wire", "services/api"], node: true, isonet: true },
  { folder: "services/guest", mayImport: ["services/api"], isonet: true },
  { folder: "dashboard", mayImport: ["wire"] },
  { folder: "examples", mayImport: [], isonet: true },
];

/** Each third-party package of the running host, with the one file that imports it. */
export const importers: Readonly<Record<string, string>> = {
  commander: "src/command/program.ts",
  "@opentelemetry/api": "src/log/spans.ts",
  "isolated-vm": "src/engine/vm.ts",
  pino: "src/log/log.ts",
  "pino-pretty": "src/log/pretty.ts",
  piscina: "src/shard/shard-pool.ts",
  ws: "src/net/websocket.ts",
  "prom-client": "src/log/metrics.ts",
};

/** Dependencies that no file imports, with the reason. */
export const unimported: Readonly<Record<string, string>> = {
  rolldown: "scripts/build-sandbox.ts bundles the guest runtime with it, at installation",
  uplot: "the dashboard is served with it as a file",
  node: "the Node 24 that bin/isonet.mjs runs, for machines with an older one",
};
