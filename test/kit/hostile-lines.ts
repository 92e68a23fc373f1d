// Hostile lines: what one line of code can do to V8, and how it ends in an untrusted isolate.
// Tests only. By outcome: the call is refused, what it calls is not there, its turn is interrupted.
// Invariant: each of them ends or stalls the process of an isolate without the prelude, or runs
// far longer than its turn may.

export type HostileEnd = "refused" | "missing" | "interrupted";

const sparse = "const a = []; a.length = 2 ** 32 - 1; ";
const list = "{ length: 2 ** 53 - 1 }";

export const hostileLines: Readonly<Record<HostileEnd, readonly string[]>> = {
  refused: [
    "'x'.repeat(2 ** 29 - 24).split('')",
    "'a'.padEnd(2 ** 29 - 24, 'bc').trim()",
    "'ab'.repeat(2 ** 20).split('b')",
    "'a'.repeat(2 ** 20).replace(/a/g, '$&'.repeat(16))",
    "'a'.repeat(2 ** 20).replaceAll('a', 'bbbbbbbb')",
    "'a'.repeat(2 ** 20).replace(/a/g, () => 'bbbbbbbb')",
    "/a/g[Symbol.replace]('a'.repeat(2 ** 20), 'bbbbbbbb')",
    "'a'.repeat(2 ** 20).replace('a', '$`$\\''.repeat(2 ** 10))",
    "'a'.repeat(2 ** 22).match(/a/g)",
    "'é'.repeat(2 ** 22).normalize('NFD')",
    "'é'.repeat(2 ** 20).localeCompare('a')",
    "encodeURIComponent('é'.repeat(2 ** 22))",
    "'x'.repeat(2 ** 18).lastIndexOf('x'.repeat(2 ** 16) + 'b')",
    "JSON.parse('[' + '1,'.repeat(1.5e6) + '1]')",
    "JSON.parse('['.repeat(2 ** 22))",
    "JSON.stringify(new Uint8Array(2 ** 24))",
    "Object.keys(new Uint8Array(2 ** 24))",
    "new Uint8Array(2 ** 23).join()",
    "new Array(2 ** 27).fill({})",
    "Array.from({ length: 2 ** 31 })",
    "const a = new Array(1024).fill('x'.repeat(2 ** 20)); a.join('')",
    "const a = new Array(2 ** 20); a.concat(a)",
    "Math.max.apply(null, { length: 2 ** 26 })",
    "Reflect.construct(Array, { length: 2 ** 27 })",
    "String.raw({ raw: { length: 2 ** 53 - 1 } })",
    "String(BigInt('9'.repeat(2 ** 20)))",
    "(1n << (1n << 24n)).toString()",
    "BigInt.asUintN(2 ** 29, -1n)",
    "eval('[' + '{},'.repeat(2 ** 20) + ']')",
    "new Function('0' + ';1'.repeat(2 ** 20))",
    "(async () => {}).constructor('0' + ';1'.repeat(2 ** 20))",
    ...[
      "fill(0)",
      "forEach((x) => 0)",
      "indexOf(1)",
      "sort()",
      "reverse()",
      "copyWithin(0, 1)",
    ].map((call) => `${sparse}a.${call}`),
    ...["flat()", "map((x) => x)", "toReversed()", "slice()", "shift()", "splice(0, 1)"].map(
      (call) => `${sparse}a.${call}`,
    ),
    ...["filter((x) => x)", "reduceRight((x, y) => x, 0)", "unshift(1)", "join()"].map(
      (call) => `${sparse}a.${call}`,
    ),
    `Array.prototype.forEach.call(${list}, (x) => 0)`,
  ],
  missing: [
    "new ArrayBuffer(8, { maxByteLength: 2 ** 32 }).resize(2 ** 31)",
    "new (class extends ArrayBuffer {})(8, { maxByteLength: 2 ** 32 }).resize(2 ** 31)",
  ],
  interrupted: [
    "for (;;);",
    "const s = '[' + '1,'.repeat(2 ** 18) + '1]'; for (;;) JSON.parse(s)",
    "const u = new Uint8Array(2 ** 24); for (;;) u.indexOf(2)",
    "const u = new Uint8Array(2 ** 24); for (;;) u.fill(1)",
    "const a = new Array(2 ** 19).fill(0); for (;;) a.slice()",
    "const s = 'ab'.repeat(2 ** 19); for (;;) s.split('a')",
    "const s = 'ab'.repeat(2 ** 19); for (;;) s.replace(/a/g, 'b')",
    "Array.prototype.forEach.call({ get length() { return 2 ** 53 - 1 } }, Boolean)",
    "Array.prototype.indexOf.call({ __proto__: { length: 2 ** 53 - 1 } }, 1)",
    "Array.from({ get length() { return 2 ** 32 - 1 } })",
    "/^(a+)+$/.test('a'.repeat(40) + 'b')",
    "Error.prepareStackTrace = () => { for (;;); }; new Error().stack",
    "let a = [1]; for (;;) a = [...a, ...a]",
    "for (;;) new Date()",
  ],
};
