// Router: which view the address of the page names, behind its "#".
// The browser. Used by main.ts.
// Invariant: every address has a route; an unknown one is the list of services.

export type Route =
  | { readonly kind: "services" }
  | { readonly kind: "service"; readonly address: string }
  | { readonly kind: "cells" }
  | { readonly kind: "incidents" }
  | { readonly kind: "log" };

export function routeOf(hash: string): Route {
  const [, kind = "", address = ""] = hash.split("/");
  switch (kind) {
    case "cells":
    case "incidents":
    case "log":
      return { kind };
    case "service":
      return /^:[\da-f]{8}$/.test(address) ? { kind, address } : { kind: "services" };
    default:
      return { kind: "services" };
  }
}

export function servicePath(address: string): string {
  return `#/service/${address}`;
}
