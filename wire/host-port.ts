// Host and port: an end of a connection as people and URLs write it. Neutral: host and clients.
// Invariant: an IPv6 address is in brackets, so the last colon is the port's.

/** "127.0.0.1:80", "[::1]:80", "*:80". */
export function hostPort(host: string, port: number | string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
