// Canary: what tells that a script has reached the host's own realm.
// The process of the runner's host.
// Invariant: nothing of the host touches it; whoever touches it has got out.

type Realm = { [name: string]: unknown };

const intrinsics = [Object, Array, Function, Map, Set, Promise, Uint8Array, Error, String];
const canaryName = "isonetCanary";

export class Canary {
  readonly #keys = intrinsics.map((intrinsic) => shapeOf(intrinsic));
  readonly #globals = new Set(Reflect.ownKeys(globalThis));
  #touched = "";

  constructor() {
    const touch = (how: string): never => {
      this.#touched = how;
      throw new Error("the canary was touched");
    };
    const canary = new Proxy(() => {}, {
      get: () => touch("read"),
      apply: () => touch("called"),
      set: () => touch("written"),
    });
    Object.defineProperty(globalThis, canaryName, { value: canary, configurable: true });
    this.#globals.add(canaryName);
  }

  /** How the host's realm was touched; "" when it was not. */
  get touched(): string {
    if (this.#touched !== "") return `the canary was ${this.#touched}`;
    for (const [index, intrinsic] of intrinsics.entries()) {
      if (shapeOf(intrinsic) !== this.#keys[index]) return `${intrinsic.name} was changed`;
    }
    const added = Reflect.ownKeys(globalThis).find((key) => !this.#globals.has(key));
    return added === undefined ? "" : `a global was added: ${String(added)}`;
  }

  [Symbol.dispose](): void {
    delete (globalThis as Realm)[canaryName];
  }
}

function shapeOf(intrinsic: object): string {
  const { prototype } = intrinsic as { prototype: object };
  return [intrinsic, prototype].map((one) => Reflect.ownKeys(one).map(String).join()).join(";");
}
