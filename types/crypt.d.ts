// The library "isonet/crypt": Skynet's module `skynet.crypt`, and of `md5` what is not obsolete.
// Byte for byte the same results; what Skynet raises is CRYPT_INVALID, with the function, the
// argument and what is allowed.
// These are the digests and ciphers of Skynet's login: they keep its protocol, and do not protect
// what is worth an attack. DES and 64-bit keys can be broken; put TLS around them.

/** Bytes, or a text that stands for its bytes in UTF-8. */
export type BytesOrText = Uint8Array | string;

// --- the exchange of keys ----------------------------------------------------------------------

/** Gives `count` random bytes. */
export type RandomBytes = (count: number) => Uint8Array;

/**
 * Eight random bytes, whose exclusive or is not zero: what dhExchange takes. Without a source they
 * are Math.random's, which is what an isolate has: who sees enough of them can tell the next.
 * Where that matters, give it bytes of randomBytes: `const bytes = await randomBytes(8)`, then
 * `randomKey(() => bytes)`. CRYPT_INVALID when the source gives anything but eight bytes.
 * (crypt.randomkey)
 */
export function randomKey(source?: RandomBytes): Uint8Array;

/**
 * `count` bytes, 1 to 4096, of the host's source of chance, which nobody can foretell: for keys,
 * tokens and challenges. A call to the host: draw for many keys at once, and use no byte twice.
 * Every service may, without an entry in its `allow`. ARGUMENT_INVALID for another count; and the
 * errors of a call. A replay gives the bytes of the recording. Skynet has no such function.
 */
export function randomBytes(count: number): Promise<Uint8Array>;

/**
 * What the other side may know of this side's key: 5 to its power, modulo 2^64 - 59. The key is
 * eight bytes and not zero. Takes 5 µs. (crypt.dhexchange)
 */
export function dhExchange(key: BytesOrText): Uint8Array;

/**
 * The secret of both sides, from what the other one has sent and one's own key: eight bytes each,
 * and not zero. Takes 5 µs. (crypt.dhsecret)
 */
export function dhSecret(exchanged: BytesOrText, key: BytesOrText): Uint8Array;

// --- digests -----------------------------------------------------------------------------------

/** Eight bytes for a text of any length; no cryptographic hash. (crypt.hashkey) */
export function hashKey(text: BytesOrText): Uint8Array;

/** Eight bytes for two times eight bytes: how a login proves its secret. (crypt.hmac64) */
export function hmac64(one: BytesOrText, other: BytesOrText): Uint8Array;

/** The same, with MD5 as it is defined. (crypt.hmac64_md5) */
export function hmac64Md5(one: BytesOrText, other: BytesOrText): Uint8Array;

/** hmac64 of the text's hashKey and a key of eight bytes. (crypt.hmac_hash) */
export function hmacHash(key: BytesOrText, text: BytesOrText): Uint8Array;

/** 20 bytes. (crypt.sha1) */
export function sha1(data: BytesOrText): Uint8Array;

/** 20 bytes, RFC 2104. (crypt.hmac_sha1) */
export function hmacSha1(key: BytesOrText, data: BytesOrText): Uint8Array;

/** 16 bytes. (md5.sum) */
export function md5Sum(data: BytesOrText): Uint8Array;

/** 32 hexadecimal digits. (md5.sumhexa) */
export function md5SumHexa(data: BytesOrText): string;

/** 32 hexadecimal digits, RFC 2104. The data comes first. (md5.hmacmd5) */
export function hmacMd5(data: BytesOrText, key: BytesOrText): string;

// --- DES ---------------------------------------------------------------------------------------

/** How texts are filled up to multiples of eight bytes. (crypt.padding) */
export const padding: {
  /** 0x80, then zeros. */
  readonly iso7816_4: 0;
  /** Bytes that say how many they are. */
  readonly pkcs7: 1;
};

/** One of `padding`. */
export type Padding = (typeof padding)[keyof typeof padding];

/**
 * The text under a key of eight bytes, one to eight bytes longer. `mode` is padding.iso7816_4
 * unless given. (crypt.desencode)
 */
export function desEncode(key: BytesOrText, text: BytesOrText, mode?: Padding): Uint8Array;

/**
 * The text again. CRYPT_INVALID when its length is no multiple of eight, or when it does not end
 * in padding: as a rule that tells a wrong key. (crypt.desdecode)
 */
export function desDecode(key: BytesOrText, text: BytesOrText, mode?: Padding): Uint8Array;

// --- texts -------------------------------------------------------------------------------------

/** With padding. (crypt.base64encode) */
export function base64Encode(data: BytesOrText): string;

/**
 * Passes over characters that are none of base64's and fills in missing padding; "Invalid base64
 * text" for the rest. Unlike Skynet, such characters may also end the text. (crypt.base64decode)
 */
export function base64Decode(text: BytesOrText): Uint8Array;

/** In small letters. (crypt.hexencode) */
export function hexEncode(data: BytesOrText): string;

/** Takes small letters only. (crypt.hexdecode) */
export function hexDecode(text: BytesOrText): Uint8Array;

/** The data under a key that is repeated, and is not empty. (crypt.xor_str) */
export function xorStr(data: BytesOrText, key: BytesOrText): Uint8Array;
