// System commands: what a guest asks of the kernel of its own shard, without an answer by frame.
// A frame of kind `system` to address 0; the body is the opcode in one 32-bit word.
// Hostile input: the kernel checks the length and ignores opcodes it does not know.

export const SystemCommand = {
  /**
   * Fire a response with this frame's session after `deadline` ticks (that word is a delay here).
   */
  timeout: 1,
  /** Forget the timer with this frame's session. */
  cancel: 2,
  /** End the sending service; the frames before this one are still delivered. */
  exit: 3,
  /** The start handler returned: the service is ready. */
  ready: 4,
  /** The start handler failed: a fault (fault.ts) follows the opcode. */
  failed: 5,
  /** Lower the sender's memory limit to `deadline` KiB (that word is a size here). */
  memLimit: 6,
  /** Answer with a response of this frame's session: the sender's own statistics, packed. */
  stat: 7,
} as const;

/**
 * Host to guest, kind `system`, source 0: run the start handler now. The three bytes behind the
 * opcode are the length of a packed state to import first; it stands before the packed arguments.
 */
export const systemStart = 1;

/**
 * Host to guest, kind `system`: the request of this frame's session, sent to a name, goes to this
 * frame's source. Comes before any reply to that request.
 */
export const systemResolved = 2;

/**
 * Host to guest, kind `system`: the request of this frame's session has been handed on and is with
 * this frame's source. The opcode is followed by the addresses of those who had it until then, the
 * first one first: what tells of an earlier hand may come later. Comes before any reply to that
 * request.
 */
export const systemHandedOn = 3;
