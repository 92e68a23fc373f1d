// HTTP limits: the bounds of HTTP servers, HTTP requests and WebSocket connections of services.
// Main thread. Read by the files beside it; the host service .http keeps those of wire/limits.ts.
// Invariant: what a peer can make the host keep for one connection is the sum of these.

export const httpLimits = {
  /** Requests that one connection may send ahead of their answers. */
  pipelineMax: 64,
  /** How long the rest of a body that nobody wants is read, so that the answer is not lost. */
  lingerMs: 1000,
  /** How often connections are looked through for those that are too slow. */
  lookMs: 500,
  /** Silence of a WebSocket peer after which it is asked whether it is there, and then closed. */
  pingMs: 20_000,
} as const;
