// Guards: all that permits.ts may name.
// Guest, untrusted isolates only. Applied by harden.ts.
// Invariant: a guard changes what a built-in does in nothing but what it refuses.

import type { Guard } from "./guard.ts";
import { argumentList, bytes, concat, enter, from, items, join, keys, raw } from "./list-guards.ts";
import { match, replaceText, substitute } from "./replace-guards.ts";
import {
  argumentText,
  backwards,
  bigText,
  bigWidth,
  byText,
  ownText,
  pad,
  repeat,
} from "./text-guards.ts";
import { coarse } from "./coarse-clock.ts";

export const guards = {
  enter,
  items,
  bytes,
  concat,
  join,
  from,
  raw,
  keys,
  arguments1: argumentList(1),
  arguments2: argumentList(2),
  text: ownText("builtinTextMax"),
  slowText: ownText("builtinSlowTextMax"),
  textArgument: argumentText("builtinTextMax"),
  slowTextArgument: argumentText("builtinSlowTextMax"),
  itemsArgument: argumentText("builtinItemsMax"),
  backwards,
  repeat,
  pad,
  byText,
  match,
  substitute,
  replace: replaceText(() => 1),
  replaceAll: replaceText((length, sought) => length / (sought || 1) + 1),
  bigText,
  bigWidth,
  coarse,
} satisfies Readonly<Record<string, Guard>>;

export type GuardName = keyof typeof guards;
