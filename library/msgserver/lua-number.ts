// Lua number: reads a text as Lua's tonumber does, for an index that was written for a Lua server.
// Guest: part of "isonet/msgserver". Fed with a stranger's text by handshake.ts.
// Invariant: whole numbers are exact, over 2^53 as well, so comparing two of them is.

/** A bigint for Lua's integers, a number for its floats; `<=` compares the two exactly. */
export type LuaNumber = bigint | number;

const decimal = /^[-+]?\d+$/;
const decimalFloat = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const hexadecimal = /^([-+]?)0x([\da-f]*)(?:(\.)([\da-f]*))?(?:p([-+]?\d+))?$/i;
const space = /^[ \f\n\r\t\v]+|[ \f\n\r\t\v]+$/g;

const integerMax = 0x7fff_ffff_ffff_ffffn;
const integerMin = -integerMax - 1n;
const integerDigitsMax = 40; // a longer text is a float, as is any over integerMax
const textLengthMax = 200; // Lua's own bound for texts that it has to copy

/** Undefined when it is no number. */
export function luaNumber(text: string): LuaNumber | undefined {
  if (text.length > textLengthMax) return undefined;
  const bare = text.replaceAll(space, "");
  if (decimal.test(bare)) return decimalInteger(bare);
  if (decimalFloat.test(bare)) return Number(bare);
  const found = hexadecimal.exec(bare);
  return found === null ? undefined : hexNumber(found);
}

function decimalInteger(text: string): LuaNumber {
  if (text.length > integerDigitsMax) return Number(text);
  const value = BigInt(text.replace("+", ""));
  return value < integerMin || value > integerMax ? Number(text) : value;
}

/** A hexadecimal integer wraps around at 64 bits; a float has a point or a binary exponent. */
function hexNumber([, sign, whole = "", point, fraction = "", exponent]: RegExpExecArray) {
  const digits = whole + fraction;
  if (digits === "") return undefined;
  const magnitude = BigInt(`0x${digits}`);
  if (point === undefined && exponent === undefined)
    return BigInt.asIntN(64, sign === "-" ? -magnitude : magnitude);
  const value = Number(magnitude) * 2 ** (Number(exponent ?? 0) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}
