// Link: the way to another shard, as the kernel sees it.
// One shard writes, another reads. Implemented by src/link.
// Invariant: frames arrive whole and in the order they were written.

export type Link = {
  /**
   * Takes a copy of the frame of `length` bytes at word `at`: into the link, or behind its backlog.
   */
  write(words: Uint32Array, at: number, length: number): void;
  /** Bytes that wait behind the link. The router writes no more when linkBytesMax wait. */
  readonly backlogBytes: number;
  /** More than linkBacklogBytesMax wait: services that send here are held until they are gone. */
  readonly isCongested: boolean;
  /** Moves on what waits; true when something moved. */
  pump(): boolean;
};

/** The reading end. */
export type LinkReader = {
  /** Hands on whole frames, at most `framesMax`; returns how many. */
  read(each: (words: Uint32Array, at: number) => void, framesMax: number): number;
  readonly isEmpty: boolean;
};
