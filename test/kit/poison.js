// Poison: what an author's module could do to every built-in of its isolate, where it is a script.
// Every method and accessor of every prototype and constructor throws afterwards; globals are gone.
// Invariant: the value of the script is the number of properties that were replaced.

(() => {
  const { ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Reflect;
  const poisoned = () => {
    throw new TypeErrorCaptured("a poisoned built-in was called");
  };
  const TypeErrorCaptured = TypeError;
  const hidden = [
    getPrototypeOf(Uint8Array.prototype),
    getPrototypeOf(Uint8Array),
    getPrototypeOf([][Symbol.iterator]()),
    getPrototypeOf(new Map().entries()),
    getPrototypeOf(new Set().values()),
    getPrototypeOf(""[Symbol.iterator]()),
    getPrototypeOf(getPrototypeOf([][Symbol.iterator]())),
    getPrototypeOf(function* () {}),
  ];
  const targets = [];
  const names = ownKeys(globalThis);
  const kept = { __proto__: null, globalThis: true, wire: true, check: true, prepare: true };
  for (let index = 0; index < names.length; index++) {
    const value = globalThis[names[index]];
    if (kept[names[index]] || value === null) continue;
    if (typeof value !== "function" && typeof value !== "object") continue;
    targets[targets.length] = value;
    if (typeof value === "function" && value.prototype) targets[targets.length] = value.prototype;
  }
  for (let index = 0; index < hidden.length; index++) targets[targets.length] = hidden[index];

  let count = 0;
  for (let index = 0; index < targets.length; index++) {
    const keys = ownKeys(targets[index]);
    for (let at = 0; at < keys.length; at++) {
      const { configurable, writable, get } = getOwnPropertyDescriptor(targets[index], keys[at]);
      if (!configurable && (!writable || keys[at] === "length")) continue;
      const descriptor = { __proto__: null, configurable, enumerable: false };
      if (configurable || get) {
        descriptor.get = poisoned;
        descriptor.set = poisoned;
      } else {
        descriptor.value = poisoned;
      }
      defineProperty(targets[index], keys[at], descriptor);
      count++;
    }
  }
  const Objects = getPrototypeOf(getPrototypeOf(targets)); // Object.prototype, whose name is gone
  defineProperty(Objects, "polluted", { __proto__: null, value: 666, enumerable: true });
  defineProperty(Objects, "toJSON", { __proto__: null, value: poisoned });
  defineProperty(Objects, "get", { __proto__: null, value: poisoned });
  for (let index = 0; index < names.length; index++) {
    const descriptor = getOwnPropertyDescriptor(globalThis, names[index]);
    if (!kept[names[index]] && descriptor.configurable) {
      defineProperty(globalThis, names[index], { __proto__: null, get: poisoned });
    }
  }
  return count;
})();
