// Service title: name and arguments of a service as people read them.
// Shard 0. Made once for each service by launcher.ts.
// Invariant: a title is short, whatever the arguments are.

const titleUnitsMax = 256;
const argumentUnitsMax = 64;

export function serviceTitle(name: string, args: readonly unknown[]): string {
  return [name, ...args.map(argumentText)].join(" ").slice(0, titleUnitsMax);
}

function argumentText(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value, withBigints) ?? "");
  return (text === "" ? String(value) : text).slice(0, argumentUnitsMax);
}

/** JSON knows no bigint, and throws. */
function withBigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
