// Banned: names and words the house does not use, with the ones it does (style: vocabulary).
// Read by source-form.test.ts.

/** File names that say nothing about what is in them. */
export const bannedFileNames: ReadonlySet<string> = new Set([
  "common",
  "constants",
  "helper",
  "helpers",
  "misc",
  "types",
  "util",
  "utils",
]);

/** Words of identifiers, each with the word to use. */
export const bannedWords: ReadonlyMap<string, string> = new Map([
  ["actor", "service"],
  ["buf", "buffer, bytes"],
  ["cb", "handler, listener"],
  ["cfg", "config"],
  ["cnt", "count"],
  ["ctx", "what it is"],
  ["dst", "destination"],
  ["evt", "event"],
  ["idx", "index"],
  ["msg", "message"],
  ["opts", "options"],
  ["packet", "message, frame, batch"],
  ["pkt", "frame"],
  ["ptr", "address, position"],
  ["req", "request"],
  ["res", "response, result"],
  ["tmp", "what it is"],
  ["val", "value"],
]);

/** Banned words that are Skynet's names, with the files whose contract they are. */
export const skynetWords: ReadonlyMap<string, RegExp> = new Map([
  ["req", /(^types\/isonet\.d|\/snax[\w.-]*)\.ts$/],
]);

/** Folders whose code gets its clock and chance as parameters. */
export const clockless = /^(wire|src\/kernel|sandbox)\//;

export const hiddenClocks =
  /\b(setTimeout|setInterval|setImmediate|Date\.now|Math\.random|performance\.now|new Date\(\))/g;
