// Request terms: what a client's request says of contexts and of scripts that are not the author's,
// made right for an isolate with a service in it.
// Shard 0. Asked by endpoint.ts for every request that the policy lets through.
// Invariant: a client reaches the service's context and no other: the isolate's first context is
// the library's, which no client is told of.

/** What becomes of a request: its text, or why it fails. */
export type TermsOutcome = { readonly text: string } | { readonly refusal: string };

type Params = Readonly<Record<string, unknown>>;

/** Scripts of the runtime: steps go past them. */
const ownScripts = "^isonet:";

/** `contextId`: the service's; undefined as long as the client has not been told of it. */
export function requestTerms(
  method: string,
  text: string,
  contextId: number | undefined,
): TermsOutcome {
  if (method.startsWith("Runtime.")) {
    const params = paramsOf(text);
    const named = params["contextId"] ?? params["executionContextId"];
    // VS Code asks for number 1, which is Node's own: nothing of a service is there.
    if (named !== undefined && named !== contextId) {
      return { refusal: "Cannot find context with specified id" };
    }
    const isUnnamed = named === undefined && !("uniqueContextId" in params);
    // V8 has no context by default here: expressions that name none are the service's.
    if (method === "Runtime.evaluate" && isUnnamed && contextId !== undefined) {
      return { text: withParams(text, { ...params, contextId }) };
    }
  }
  if (method === "Debugger.setBlackboxPatterns") {
    const { patterns, ...params } = paramsOf(text);
    if (Array.isArray(patterns)) {
      return { text: withParams(text, { ...params, patterns: [...patterns, ownScripts] }) };
    }
  }
  return { text };
}

function paramsOf(text: string): Params {
  const { params } = JSON.parse(text) as { params?: unknown };
  return typeof params === "object" && params !== null ? (params as Params) : {};
}

function withParams(text: string, params: Params): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), params });
}
