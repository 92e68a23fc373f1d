// Datagram address: where a datagram is from, as the bytes that authors pass on: a byte 1 (IPv4) or
// 2 (IPv6), the port big-endian, the 4 or 16 bytes of the address (reference §5.1).
// Neutral: made by the host, read by library/socket and, from an author, by the host again.
// Invariant: what is not of this form is undefined, never another address.

export type DatagramAddress = { readonly host: string; readonly port: number };

const headBytes = 3;
const v4 = 1;
const v6 = 2;
const v4Bytes = 4;
const v6Bytes = 16;
const v6Groups = 8;

/** Undefined when the host is no address in numbers. */
export function packDatagramAddress({ host, port }: DatagramAddress): Uint8Array | undefined {
  const zoneAt = host.indexOf("%");
  const plain = zoneAt < 0 ? host : host.slice(0, zoneAt);
  const address = plain.includes(":") ? readV6(plain) : readV4(plain);
  if (address === undefined) return undefined;
  const bytes = new Uint8Array(headBytes + address.length);
  bytes[0] = address.length === v4Bytes ? v4 : v6;
  bytes[1] = port >>> 8;
  bytes[2] = port;
  bytes.set(address, headBytes);
  return bytes;
}

export function unpackDatagramAddress(bytes: Uint8Array): DatagramAddress | undefined {
  const kind = bytes[0];
  if (kind !== v4 && kind !== v6) return undefined;
  if (bytes.length !== headBytes + (kind === v4 ? v4Bytes : v6Bytes)) return undefined;
  const port = ((bytes[1] as number) << 8) | (bytes[2] as number);
  const address = bytes.subarray(headBytes);
  return { host: kind === v4 ? address.join(".") : v6Text(address), port };
}

function readV4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== v4Bytes) return undefined;
  const bytes = new Uint8Array(v4Bytes);
  for (const [index, part] of parts.entries()) {
    if (!/^[0-9]{1,3}$/.test(part) || Number(part) > 0xff) return undefined;
    bytes[index] = Number(part);
  }
  return bytes;
}

function readV6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(readGroups);
  if (head === undefined) return undefined;
  const isShort = halves.length === 2;
  if (isShort && tail === undefined) return undefined;
  const after = tail ?? [];
  const missing = v6Groups - head.length - after.length;
  if (isShort ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...after];
  const bytes = new Uint8Array(v6Bytes);
  for (const [index, group] of groups.entries()) {
    bytes[index * 2] = group >>> 8;
    bytes[index * 2 + 1] = group;
  }
  return bytes;
}

/** Groups of four hex digits; the last two may be an IPv4 address. */
function readGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1 && part.includes(".") ? readV4(part) : undefined;
    if (last !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = last;
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** With the longest run of zeros left out. */
function v6Text(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: v6Groups },
    (_, index) => ((bytes[index * 2] as number) << 8) | (bytes[index * 2 + 1] as number),
  );
  let at = -1;
  let length = 1;
  for (let start = 0; start < v6Groups; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > length) [at, length] = [start, end - start];
  }
  const text = (from: number, to?: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return at < 0 ? text(0) : `${text(0, at)}::${text(at + length)}`;
}
