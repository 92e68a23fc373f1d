// DES: texts of any length under a key of eight bytes, Skynet's desencode and desdecode.
// Pure: host, clients, guests. Block after block (ECB), padded by one to eight bytes: the way
// Skynet's login sends its token.
// Invariant: decoding gives the text that was encoded, or CRYPT_INVALID; never the padding.

import { cryptBytes, cryptInvalid, cryptKey, type BytesOrText } from "./crypt-input.ts";
import { cipherBlock, keySchedule, reversedSchedule } from "./des-block.ts";

/** crypt.padding: 0x80 and zeros, or bytes that say how many they are. */
export const padding = { iso7816_4: 0, pkcs7: 1 } as const;

export type Padding = (typeof padding)[keyof typeof padding];

const blockBytes = 8;

/** crypt.desencode. */
export function desEncode(
  key: BytesOrText,
  text: BytesOrText,
  mode: Padding = padding.iso7816_4,
): Uint8Array {
  const schedule = keySchedule(cryptKey("desEncode: the key", key));
  const source = cryptBytes("desEncode: the text", text);
  checkMode("desEncode", mode);
  const added = blockBytes - (source.length % blockBytes);
  const bytes = new Uint8Array(source.length + added);
  bytes.set(source);
  if (mode === padding.pkcs7) bytes.fill(added, source.length);
  else bytes[source.length] = 0x80;
  for (let at = 0; at < bytes.length; at += blockBytes) cipherBlock(schedule, bytes, bytes, at);
  return bytes;
}

/** crypt.desdecode. */
export function desDecode(
  key: BytesOrText,
  text: BytesOrText,
  mode: Padding = padding.iso7816_4,
): Uint8Array {
  const schedule = reversedSchedule(keySchedule(cryptKey("desDecode: the key", key)));
  const source = cryptBytes("desDecode: the text", text);
  checkMode("desDecode", mode);
  if (source.length === 0 || source.length % blockBytes !== 0) {
    throw cryptInvalid(
      `desDecode: the text has ${source.length} bytes; it must have 8, or a multiple of 8`,
    );
  }
  const bytes = new Uint8Array(source.length);
  for (let at = 0; at < bytes.length; at += blockBytes) cipherBlock(schedule, source, bytes, at);
  const added = mode === padding.pkcs7 ? pkcs7Length(bytes) : iso7816Length(bytes);
  if (added === 0) {
    throw cryptInvalid("desDecode: the text does not end in padding: another key, mode or text");
  }
  return bytes.slice(0, bytes.length - added);
}

function checkMode(name: string, mode: number): void {
  if (mode === padding.iso7816_4 || mode === padding.pkcs7) return;
  throw cryptInvalid(
    `${name}: the padding is ${String(mode)}; it must be padding.iso7816_4 (0) or .pkcs7 (1)`,
  );
}

/** How many bytes of padding the last block ends in; 0 when they are none. */
function iso7816Length(bytes: Uint8Array): number {
  for (let length = 1; length <= blockBytes; length++) {
    const byte = bytes[bytes.length - length];
    if (byte === 0x80) return length;
    if (byte !== 0) return 0;
  }
  return 0;
}

function pkcs7Length(bytes: Uint8Array): number {
  const length = bytes.at(-1) ?? 0;
  if (length > blockBytes) return 0;
  const isWhole = bytes.subarray(bytes.length - length).every((byte) => byte === length);
  return isWhole ? length : 0;
}
