// Printf: text from a C format, as far as logs need it (snax.printf).
// Guest (and host services). Used by snax-objects.ts.
// Invariant: whatever the format, it ends: a conversion it does not know stands as it is.

import {
  MathMin,
  NumberPrototypeToFixed,
  NumberPrototypeToString,
  SafeNumber,
  SafeString,
  StringPrototypeIndexOf,
} from "../wire/primordials.ts";
import { formatValues } from "./format.ts";

const widthMax = 99; // as in Lua

/** %s %d %i %f %g %x %%, with "-" or "0", a width and a precision. */
export function printf(format: unknown, values: readonly unknown[]): string {
  const text = SafeString(format);
  let at = 0;
  const has = (set: string): boolean =>
    at < text.length && StringPrototypeIndexOf(set, text[at] as string) >= 0;
  const number = (): number => {
    let value = 0;
    for (; has("0123456789"); at++) value = MathMin(widthMax, value * 10 + SafeNumber(text[at]));
    return value;
  };
  let result = "";
  let next = 0;
  for (; at < text.length; at++) {
    if (text[at] !== "%") {
      result += text[at];
      continue;
    }
    at++;
    const flag = has("-0") ? text[at++] : "";
    const width = number();
    let precision = 6;
    if (has(".")) {
      at++;
      precision = number();
    }
    if (!has("sdifgx")) {
      result += text[at] === "%" ? "%" : `%${text[at] ?? ""}`;
      continue;
    }
    let part = converted(text[at] as string, values[next++], precision);
    while (part.length < width) part = flag === "-" ? `${part} ` : (flag || " ") + part;
    result += part;
  }
  return result;
}

function converted(kind: string, value: unknown, precision: number): string {
  if (kind === "s" || kind === "g" || typeof value === "bigint") return formatValues([value]);
  const number = SafeNumber(value);
  if (kind === "x") return NumberPrototypeToString(number, 16);
  return NumberPrototypeToFixed(number, kind === "f" ? precision : 0);
}
