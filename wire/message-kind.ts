// Message kinds, with Skynet's type numbers. Neutral: host and guest.
// Kinds 13..255 are free for authors (registerProtocol).

/** Kind numbers, by name. */
export const MessageKind = {
  /** Raw text: log lines. */
  text: 0,
  /** Reply to a request, or a timer that fired (source 0). */
  response: 1,
  multicast: 2,
  /** Bytes of a network client, passed on by a gate. */
  client: 3,
  /** Guest to kernel: a system command. Host to guest: lifecycle. */
  system: 4,
  harbor: 5,
  socket: 6,
  /** Failed request; with session 0: the source has ended. Body: a fault (fault.ts). */
  error: 7,
  queue: 8,
  /** Answered by the guest runtime itself: info, task, ping, term … */
  debug: 9,
  /** Packed values: what services say to each other. Skynet's name is kept. */
  lua: 10,
  snax: 11,
  trace: 12,
} as const;

export type MessageKind = (typeof MessageKind)[keyof typeof MessageKind];

/** Largest kind number: one byte in the frame header. */
export const messageKindMax = 255;
