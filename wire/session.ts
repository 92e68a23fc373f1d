// Session numbers: pair a response with its request. Neutral: host and guest.
// One counter a service, shared by requests, timers and genId, as in Skynet.

/** 0 in a frame's session field: no reply is wanted. */
export const noSession = 0;

/** Largest session number; the counter goes on at 1 and skips the numbers still in use. */
export const sessionMax = 0x7fff_ffff;

/** The session after `session`. The caller skips those still in use. */
export function nextSession(session: number, last: number = sessionMax): number {
  return session >= last ? 1 : session + 1;
}
