// Tag: the first byte of a packed value, by msgpack, and our extension types. Host and guest.
// Numbers are big-endian, after the tag. docs/protocol.md shows each with an example.
// Invariant: wire format; numbers never change their meaning.

export const Tag = {
  /** 0x00..0x7f is the integer itself. */
  object: 0x80, // 0x80..0x8f: with the number of fields
  array: 0x90, // 0x90..0x9f: with the number of items
  text: 0xa0, // 0xa0..0xbf: with the number of bytes
  nil: 0xc0,
  false: 0xc2,
  true: 0xc3,
  bytes8: 0xc4,
  bytes16: 0xc5,
  bytes32: 0xc6,
  extension8: 0xc7,
  extension16: 0xc8,
  extension32: 0xc9,
  float32: 0xca,
  float64: 0xcb,
  uint8: 0xcc,
  uint16: 0xcd,
  uint32: 0xce,
  uint64: 0xcf,
  int8: 0xd0,
  int16: 0xd1,
  int32: 0xd2,
  int64: 0xd3,
  extension1: 0xd4, // these five have their number of bytes in the tag
  extension2: 0xd5,
  extension4: 0xd6,
  extension8Fixed: 0xd7,
  extension16Fixed: 0xd8,
  text8: 0xd9,
  text16: 0xda,
  text32: 0xdb,
  array16: 0xdc,
  array32: 0xdd,
  object16: 0xde,
  object32: 0xdf,
  /** 0xe0..0xff is the integer less 0x100. */
  negative: 0xe0,
} as const;

export const Extension = {
  /** One byte, 0: msgpackr and others do the same. */
  undefined: 0x00,
  /** Two's complement, the highest byte first, as msgpackr. */
  bigint: 0x42,
  /** One msgpack map, keys of any type. */
  map: 0x6d,
  /** One msgpack array. */
  set: 0x73,
  /** -1, msgpack's own: a date. One byte: an invalid date, as msgpackr. */
  timestamp: 0xff,
} as const;
