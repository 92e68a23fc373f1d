// Graph walk: a service that goes through all it can reach and tells what it should not have found.
// A module for an untrusted isolate; its command "gather" collects, "walk" answers.
// Invariant: the walk starts from everything a service is ever given, not from the globals alone.

/* oxlint-disable -- it does what no service should */

import * as isonet from "isonet";

const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const tagOf = Object.prototype.toString;
const realmTops = new Set([Object.prototype, Function.prototype]);
const makers = new Map(
  [async () => {}, function* () {}, async function* () {}].map((sample) => [
    getPrototypeOf(sample),
    sample.constructor,
  ]),
);
const bufferOf = getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), "buffer").get;
/** Classes of isolated-vm, and what no untrusted service has. */
const strangers =
  /^(Isolate|Context|Reference|Callback|ExternalCopy|Script|Module|InspectorSession|NativeModule|Lib|SharedArrayBuffer|Atomics|WebAssembly)$/;
/** Frames that gave away what their function is or works on. */
const leaks = [];
let runtimeFrames = 0;

const roots = new Map();
const give = (name, value) => roots.set(name, value);

/** The frames of the stack, as V8 tells them to whoever asks. */
function sites(name) {
  const before = getOwnPropertyDescriptor(Error, "prepareStackTrace");
  Error.stackTraceLimit = 200;
  Error.prepareStackTrace = (error, frames) => frames;
  const frames = new Error().stack;
  if (before === undefined) delete Error.prepareStackTrace;
  else Object.defineProperty(Error, "prepareStackTrace", before);
  frames.forEach((site, index) => {
    give(`${name}: site ${index}`, site);
    for (const method of ownKeys(getPrototypeOf(site))) {
      if (typeof method !== "string" || !/^(get|is)/.test(method)) continue;
      let value;
      try {
        value = site[method]();
      } catch (error) {
        value = error;
      }
      give(`${name}: site ${index} ${method}`, value);
    }
    leak(name, site);
  });
}

/** The runtime's frames must tell neither. */
function leak(name, site) {
  if (site.getThis() === undefined && site.getFunction() === undefined) return;
  if (site.getScriptNameOrSourceURL().startsWith("isonet:")) leaks.push(`${name}: ${site}`);
}

/** A setter sees what the runtime itself puts there for a moment. */
function spy(name) {
  let current;
  Object.defineProperty(Error, "prepareStackTrace", {
    configurable: true,
    get: () => current,
    set: (value) => {
      current = value;
      give(`${name}: ${roots.size}`, value);
      sitesOfSetter(`${name} ${roots.size}`);
    },
  });
}

function sitesOfSetter(name) {
  const error = {};
  const { set } = getOwnPropertyDescriptor(Error, "prepareStackTrace");
  Object.defineProperty(Error, "prepareStackTrace", {
    configurable: true,
    writable: true,
    value: (_, frames) => frames,
  });
  Error.captureStackTrace(error);
  for (const site of error.stack) {
    give(`${name} this`, site.getThis());
    give(`${name} function`, site.getFunction());
    leak(name, site);
    runtimeFrames += site.getScriptNameOrSourceURL().startsWith("isonet:") ? 1 : 0;
  }
  let current;
  Object.defineProperty(Error, "prepareStackTrace", {
    configurable: true,
    get: () => current,
    set,
  });
}

const sloppy = new Function(
  "give",
  `return function () {
    give("sloppy this", this);
    give("sloppy caller", arguments.callee.caller);
    try { give("own caller", arguments.callee.caller?.caller); } catch (error) { give("caller fault", error); }
    for (let index = 0; index < arguments.length; index++) give("sloppy argument " + index, arguments[index]);
  }`,
)(give);

function caught(name, run) {
  try {
    give(`${name}: result`, run());
  } catch (error) {
    give(`${name}: error`, error);
    give(`${name}: stack`, error.stack);
  }
}

/** Every function of the API, called with nothing, with nonsense and with what it expects. */
function callAll() {
  const skipped = new Set([
    "exit",
    "kill",
    "default",
    "start",
    "init",
    "commands",
    "dispatch",
    "memLimit",
  ]);
  for (const [name, value] of Object.entries(isonet)) {
    give(`api ${name}`, value);
    if (typeof value !== "function" || skipped.has(name)) continue;
    for (const args of [
      [],
      [{}],
      [sloppy],
      [".x", "lua", Symbol()],
      [1, sloppy],
      [-1, "nosuch", []],
    ]) {
      caught(`${name}(${args.length})`, () => value(...args));
      caught(`${name} of this(${args.length})`, () => value.apply(globalThis, args));
    }
  }
  for (const method of Object.keys(console))
    caught(`console.${method}`, () => console[method](sloppy));
  const trap = new Proxy(
    {},
    { get: () => (sites("proxy in console"), sloppy(), 1), ownKeys: () => (sites("ownKeys"), []) },
  );
  console.log(trap);
  caught("pack", () => isonet.pack(trap));
}

const pending = [];

async function gather(self, values) {
  give("this of the handler", self);
  give("arguments of the handler", values);
  sites("handler");
  const handle = isonet.service(isonet.self());
  give("handle", handle);
  caught("handle method", () => handle.nosuch(1));
  const promise = isonet.call(isonet.self(), "lua", "nothing");
  give("promise", promise);
  promise.catch(sloppy);
  pending.push(promise);
  give("request", isonet.request());
  give("queue", isonet.queue());
  give("running", isonet.running());
  give("context", isonet.context());
  give("response", isonet.response);
  give("async iterator", (async function* () {})());
  give("module", isonet);
  await import("isonet").then(
    (module) => give("dynamic import", module),
    (error) => give("import fault", error),
  );
  await import("node:fs").then(
    (module) => give("node:fs", module),
    (error) => give("import fault 2", error),
  );
  give("import.meta", import.meta);
  null;
  sites("after an await");
  callAll();
  spy("spy");
  caught("running under a spy", () => isonet.running());
  caught("context under a spy", () => isonet.context());
  delete Error.prepareStackTrace;
  Object.defineProperty(Object.prototype, "then", {
    configurable: true,
    get() {
      give("then of", this);
      return undefined;
    },
  });
  await {};
  isonet.fork(sloppy);
  delete Object.prototype.then;
}

function walk() {
  const found = [...leaks];
  const seen = new Map();
  const open = [...roots];
  const visit = (path, value) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (seen.has(value)) return;
    seen.set(value, path);
    open.push([path, value]);
  };
  const queue = open.splice(0);
  for (const [path, value] of queue) visit(path, value);
  while (open.length > 0) {
    const [path, value] = open.pop();
    look(path, value, found);
    visit(`${path}.__proto__`, getPrototypeOf(value));
    for (const key of ownKeys(value)) {
      const at = `${path}.${String(key)}`;
      const own = getOwnPropertyDescriptor(value, key);
      if (own === undefined) continue;
      visit(at, own.value);
      visit(`${at} get`, own.get);
      visit(`${at} set`, own.set);
      try {
        visit(`${at} ()`, value[key]);
      } catch (error) {
        visit(`${at} fault`, error);
      }
    }
  }
  return { seen: seen.size, roots: roots.size, runtimeFrames, found };
}

function look(path, value, found) {
  // "Module" is also the tag of a module's namespace
  const tag = tagOf.call(value).slice(8, -1);
  if (tag !== "Module" && strangers.test(tag)) found.push(`${path} is a ${tag}`);
  let top = value;
  while (getPrototypeOf(top) !== null) {
    const name = getOwnPropertyDescriptor(top, "constructor")?.value?.name;
    if (strangers.test(String(name))) found.push(`${path} is made by ${name}`);
    top = getPrototypeOf(top);
  }
  const isBare = top === value || getPrototypeOf(value) === null;
  const isNullMade =
    !realmTops.has(top) && getOwnPropertyDescriptor(top, "constructor") === undefined;
  if (!realmTops.has(top) && !isBare && !isNullMade) found.push(`${path} is of another realm`);
  if (typeof value === "function") {
    const parent = getPrototypeOf(value);
    const maker = makers.get(parent) ?? Function;
    if (
      value.constructor !== maker &&
      !Object.hasOwn(value, "constructor") &&
      !isInherited(value)
    ) {
      found.push(`${path} has another Function: ${value.constructor?.name}`);
    }
    if (value.constructor !== undefined && typeof value.constructor === "function") {
      const world = (0, eval)("globalThis");
      if (maker === Function && Function("return this")() !== world)
        found.push(`${path} leads to another global`);
    }
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    if (tagOf.call(bufferOf.call(value)) !== "[object ArrayBuffer]")
      found.push(`${path} views shared memory`);
  }
}

/** A class that extends another, or a prototype that is a function. */
function isInherited(value) {
  return (
    value === Function.prototype ||
    (typeof value.constructor === "function" &&
      value.constructor === getPrototypeOf(value).constructor &&
      realmTops.has(topOf(value.constructor)))
  );
}

function topOf(value) {
  let top = value;
  while (getPrototypeOf(top) !== null) top = getPrototypeOf(top);
  return top;
}

give("global", globalThis);
give("this of the module", this);
give("strings", "".__proto__);
for (const sample of [
  1,
  1n,
  "",
  true,
  Symbol(),
  /x/,
  [].values(),
  new Map().entries(),
  new Set().values(),
  "".matchAll(/x/g),
  ""[Symbol.iterator](),
  Iterator.from({ next() {} }),
  [].values().map((x) => x),
  new DisposableStack(),
  function* () {},
  async () => {},
  async function* () {},
  (async function* () {})(),
  Promise.resolve(),
  (function () {
    return arguments;
  })(),
  new Proxy({}, {}),
]) {
  give(`sample ${tagOf.call(sample)}`, Object(sample));
}
sites("module body");
caught("overflow", () =>
  (function f() {
    f();
  })(),
);
caught("no such", () => null.x);
caught("eval fault", () => eval("("));

isonet.start(() => {});
isonet.commands({
  async gather(...values) {
    await gather(this, values);
    return "gathered";
  },
  walk,
});
