// UTF-8 without the host's TextEncoder: an isolate has none. Neutral: host and guest.
// Invariant: a lone surrogate is written as U+FFFD and a malformed byte reads as U+FFFD; neither throws.

const chunkUnits = 4096; // String.fromCharCode arguments at a time: far below any engine's limit

/**
 * Writes `text` at `at` and returns the end, or -1 when `into` is too short (what was written is then void).
 */
export function writeUtf8(text: string, into: Uint8Array, at: number): number {
  let position = at;
  const room = into.length;
  for (let index = 0; index < text.length; index++) {
    let point = text.charCodeAt(index);
    if (point < 0x80) {
      if (position >= room) return -1;
      into[position++] = point;
      continue;
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      const next = point < 0xdc00 ? text.charCodeAt(index + 1) : Number.NaN;
      if (next >= 0xdc00 && next <= 0xdfff) {
        point = 0x1_0000 + ((point - 0xd800) << 10) + (next - 0xdc00);
        index++;
      } else {
        point = 0xfffd;
      }
    }
    const size = point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
    if (position + size > room) return -1;
    if (size === 2) {
      into[position++] = 0xc0 | (point >> 6);
    } else if (size === 3) {
      into[position++] = 0xe0 | (point >> 12);
      into[position++] = 0x80 | ((point >> 6) & 0x3f);
    } else {
      into[position++] = 0xf0 | (point >> 18);
      into[position++] = 0x80 | ((point >> 12) & 0x3f);
      into[position++] = 0x80 | ((point >> 6) & 0x3f);
    }
    into[position++] = 0x80 | (point & 0x3f);
  }
  return position;
}

/** Reads the text in [from, to). */
export function readUtf8(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  let units: number[] = [];
  let position = from;
  while (position < to) {
    const point = readPoint(bytes, position, to);
    position += point.size;
    if (point.value >= 0x1_0000) {
      units.push(0xd7c0 + (point.value >> 10), 0xdc00 | (point.value & 0x3ff));
    } else {
      units.push(point.value);
    }
    if (units.length >= chunkUnits) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

const replacement = { value: 0xfffd, size: 1 };

function readPoint(bytes: Uint8Array, at: number, to: number): { value: number; size: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { value: first, size: 1 };
  const size = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (size === 1 || first >= 0xf5 || at + size > to) return replacement;
  let value = first & (0xff >> (size + 1));
  for (let index = 1; index < size; index++) {
    const next = bytes[at + index] ?? 0;
    if ((next & 0xc0) !== 0x80) return replacement;
    value = (value << 6) | (next & 0x3f);
  }
  const least = size === 2 ? 0x80 : size === 3 ? 0x800 : 0x1_0000;
  const isValid = value >= least && value <= 0x10_ffff && !(value >= 0xd800 && value <= 0xdfff);
  return isValid ? { value, size } : replacement;
}
