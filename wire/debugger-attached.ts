// Debugger attached: the refusal of work on a service that a debugger has for itself.
// Neutral: thrown where debuggers attach (services/host) and where the isolate is (src/shard).
// Invariant: whoever is refused is told who has the service.

import { formatAddress, type ServiceAddress } from "./address.ts";
import { CodedError } from "./coded-error.ts";

export function debuggerAttached(address: ServiceAddress, who: string): CodedError {
  const text = `a debugger is attached to ${formatAddress(address)}: ${who}`;
  return new CodedError("DEBUGGER_ATTACHED", text);
}
