// Standard cases: what a program can tell of the built-ins that the prelude replaces.
// A script that runs in a trusted isolate and in an untrusted one; its value, a text, must be the
// same in both.
// Invariant: a case is an expression; what it throws is part of the outcome.

/* oxlint-disable -- its names are used by the program around it */

const cases = String.raw`
[3,1,2].sort()
[3,1,2].sort((a, b) => b - a)
[,1,undefined,'b'].sort()
[].sort.call({ length: 2, 0: 'b', 1: 'a' })
[1].sort(null)
[1].sort(5)
(a => a.sort() === a)([2,1])
(a => a.fill(7) === a)({ __proto__: Array.prototype, length: 2 })
(a => a.reverse() === a)({ __proto__: Array.prototype, get length() { return 2 }, 0: 'x', 1: 'y' })
[1,2,3].map((x, i, a) => [x, i, a.length])
[1,,3].map(x => x)
(class extends Array {}).from([1,2]).map(x => x).constructor.name
[].map.call('abc', x => x + x)
[].map.call(null, x => x)
[].map(5)
[1,2,3].forEach(x => x)
[].forEach.call({ length: '2', 0: 1, 1: 2 }, function (x) { this.push(x) }, [])
[[1,[2]],[3]].flat()
[[1,[2]],[3]].flat(Infinity)
[1,2].flatMap(x => [x, x])
[1,2,3,4,5].copyWithin(0, 3)
[1,2,3].indexOf(3)
[NaN].includes(NaN)
[1,2,1].lastIndexOf(1)
[1,2,3].slice(-2)
[1,2,3].splice(1, 1)
(a => [a.splice(0, 2, 'x'), a])([1,2,3])
(a => [a.shift(), a.unshift(9, 8), a])([1,2,3])
[1,2,3].reduce((a, b) => a + b)
[].reduce((a, b) => a + b)
[1,2,3].reduceRight((a, b) => a + '' + b)
[1,2,3].toReversed()
[3,1].toSorted()
[1,2,3].toSpliced(1, 1, 'a', 'b')
[1,2].with(1, 5)
[1,2].with(5, 5)
[1,2,3].find(x => x > 1) + [1,2,3].findIndex(x => x > 1) + [1,2,3].findLast(x => x < 3)
[1,2,3].every(Boolean) && [0,1].some(Boolean)
[1,2,3].filter(x => x > 1)
[1].concat([2], 3, [[4]])
[1].concat({ length: 1, 0: 'x', [Symbol.isConcatSpreadable]: true })
[].concat.call(5, 6)
[1,null,undefined,'a'].join()
[1,2].join(undefined) + [1,2].join(null) + [1,2].join('')
[1,2].join(Symbol())
[[1,2],[3]].toString()
(a => { a[0] = a; return a.join() })([])
[1.5, new Date(0)].toLocaleString().length > 3
Array.from('a😀')
Array.from({ length: 2 }, (x, i) => i)
Array.from(new Set([1, 2]))
Array.from(null)
Array.from({ length: 1, 0: 'a', [Symbol.iterator]: null })
Array.from.call(Object, [1])
Uint8Array.from([1, 300])
Uint8Array.from({ length: 2 })
new Uint8Array([3,1,2]).sort().join('-')
new Uint8Array([1,2,3]).fill(9, 1)
new Uint8Array([1,2,3]).map(x => x * 2)
new Uint8Array([1,2,3]).toSorted((a, b) => b - a)
(u => { u.set([7], 1); return u })(new Uint8Array(3))
Uint8Array.prototype.fill.call([], 1)
Uint8Array.prototype.join.call({})
'abc'.repeat(2) + 'x'.repeat(0) + ''.repeat(2 ** 30)
'abc'.repeat(-1)
'abc'.repeat(Infinity)
'abc'.repeat(1n)
'abc'.repeat('2')
String.prototype.repeat.call(null, 1)
String.prototype.repeat.call(Symbol(), 1)
'a'.padStart(5, 'xy') + 'a'.padEnd(5) + 'abc'.padEnd(2) + 'a'.padStart(5, '')
'a'.padStart({ valueOf: () => 3 })
'a,b,c'.split(',')
'a,b,c'.split(',', 2)
'abc'.split('')
'abc'.split()
'abc'.split(undefined, 0)
'a1b2'.split(/\d/)
'a1b2'.split(/(\d)/)
'abc'.split({ [Symbol.split]: (s, l) => [s, l] }, 4)
'abcabc'.replace('b', 'x') + 'abcabc'.replaceAll('b', 'x') + 'aa'.replaceAll('', '-')
'abcabc'.replace('b', "[$&$$$\x60$'$1$]")
'abcabc'.replace(/b(c)?/g, "[$1$2$01$10$&]")
'abcabc'.replace(/(?<x>b)/g, '[$<x>$<y>$<]')
'abc'.replace('b', '$<x>')
'abc'.replace('b', (...a) => JSON.stringify(a))
'abcb'.replaceAll('b', (m, i, s) => i)
'abc'.replace(/(?<n>b)/, (...a) => JSON.stringify(a))
'abc'.replace(/b/, () => Symbol())
'abc'.replace('b')
'abc'.replace()
'undefined'.replace(undefined, null)
'abc'.replaceAll(/b/, 'x')
'abc'.replace({ [Symbol.replace]: (s, r) => [s, r] }, 'z')
String.prototype.replace.call(undefined, 'a', 'b')
String.prototype.replace.call(123, 2, 'x')
(s => s.replace(/a/g, "$&$&") === 'aa'.repeat(4000))('a'.repeat(4000))
(s => s.replace(/a(b)?/g, "[$1$2$&$$]") === '[$2a$]'.repeat(4000))('a'.repeat(4000))
(s => s.replace(/(?<q>a)/g, "<$<q>$<z>>$<") === '<a>$<'.repeat(4000))('a'.repeat(4000))
(s => s.replace(/(a)(?:)/g, "$10$01$2$'") .length)('a'.repeat(1500))
(s => s.replaceAll('a', "$\x60|$0$") .length)('a'.repeat(2500))
(s => s.replaceAll('a', "x$x") === 'x$x'.repeat(4000))('a'.repeat(4000))
'abc'.match('b').index
'abc'.match(/x/)
'abab'.match(/a/g)
'abc'.match()
'a.c'.match('.')[0]
'abc'.match('(')
[...'abab'.matchAll(/a/g)].length + [...'aa'.matchAll('a')].length
'abc'.matchAll(/a/)
'abc'.search('c') + 'abc'.search(/b/)
'abc'.match({ [Symbol.match]: s => s + '!' })
'ABC'.toLowerCase() + 'abc'.toUpperCase() + 'ß'.toUpperCase() + ' x '.trim() + ' x'.trimStart() + 'x '.trimEnd()
String.prototype.trimLeft === String.prototype.trimStart
String.prototype.trimLeft.name + String.prototype.trimRight.name
'é'.normalize('NFD').length
'a'.normalize('bad')
'a'.localeCompare('b') + 'a'.localeCompare('B', 'en', { sensitivity: 'base' })
'abcb'.indexOf('b', 2) + 'abcb'.lastIndexOf('b') + 'abcb'.lastIndexOf('b', 2) + 'abc'.lastIndexOf()
'abc'.includes('b') + 'abc'.includes('a', 1)
'abc'.includes(/a/)
'\ud800'.isWellFormed() + '\ud800'.toWellFormed()
'a'.anchor('"') + 'x'.bold()
String.raw${"`a\\n${1}b`"}
String.raw({ raw: 'abc' }, 1, 2, 3)
String.raw({ raw: { length: -1 } })
String.raw({})
String.raw()
String.raw({ raw: [Symbol()] })
String.fromCharCode(97, 98) + String.fromCodePoint(128512)
String.fromCodePoint(-1)
/b/.test('abc') + '' + /b/.test()
/undefined/.test()
RegExp.prototype.test.call(1, 'a')
RegExp.prototype[Symbol.replace].call({ exec: () => null, flags: '' }, 'abc', 'x')
RegExp.prototype[Symbol.replace].call(1, 'a', 'b')
(r => { 'xay'.replace(r, ''); return RegExp.$1 + RegExp.leftContext })(/(a)/)
/a/y[Symbol.split]('bab')
RegExp('a') instanceof RegExp && /x/.constructor === RegExp
(class extends RegExp { exec() { return null } }).prototype.constructor.name
JSON.parse('{"a":[1,{"b":null}]}')
JSON.parse('[1]', (k, v) => typeof v === 'number' ? v + 1 : v)
JSON.parse('{')
JSON.parse()
JSON.parse(Symbol())
JSON.parse({ toString: () => '[7]' })
JSON.stringify({ a: [1, undefined, () => 1], b: 1n === 1n, c: new Date(0) }, null, 1)
JSON.stringify(1n)
JSON.stringify({ toJSON: () => 5 })
JSON.stringify(undefined)
JSON.rawJSON('1').rawJSON
Object.keys('ab') + Object.values('ab') + Object.entries({ a: 1 })
Object.keys(null)
Object.assign({}, 'ab', null, { c: 1 })
Object.fromEntries([['a', 1]])
Object.fromEntries(5)
Object.groupBy([1, 2, 3], x => x % 2 ? 'odd' : 'even')
Map.groupBy([1, 2], x => x % 2).size
Object.isFrozen(Object.freeze([1])) + '' + Object.isSealed(Object.seal({}))
Object.getOwnPropertyNames('ab')
Reflect.ownKeys({ a: 1, [Symbol.iterator]: 2 }).length
Reflect.ownKeys(1)
Reflect.apply(Math.max, null, [1, 2]) + Reflect.apply(Math.max, null, { length: 1, 0: 5 })
Reflect.apply(Math.max, null)
Reflect.apply(1, null, [])
Reflect.construct(Date, [0]).getTime()
Reflect.construct(function () { return new.target }, [], Map) === Map
Reflect.construct(parseInt, [])
Math.max.apply(null, [1, 3]) + Math.max.apply(null)
(function () { return arguments.length }).apply(null, { length: 3 })
Math.max.apply(null, 5)
Function.prototype.apply.call(5, null, [])
new Map([[1, 2]]).forEach((v, k) => v)
new Set([1]).union(new Set([2])).size + new Set([1]).isSubsetOf(new Set([1, 2]))
new Set([1]).union([1])
Map.prototype.clear.call({})
BigInt(5) + BigInt('0x10') + BigInt(true)
BigInt('x')
BigInt(1.5)
BigInt()
new BigInt(1)
(5n).constructor === BigInt && Object(5n) instanceof BigInt
(255n).toString(16) + (5n).toLocaleString()
(5n).toString(99)
BigInt.prototype.toString.call(5)
BigInt.prototype.toString.call(Object(5n))
BigInt.asIntN(8, 255n) + BigInt.asUintN(8, -1n) + BigInt.asUintN(2 ** 53 - 1, 5n)
BigInt.asUintN(-1, 5n)
BigInt.asIntN(8, 5)
Symbol.for('a') === Symbol.for('a')
Symbol.for(Symbol())
encodeURIComponent('é &') + decodeURIComponent('%C3%A9') + escape('é') + unescape('%E9') + encodeURI('a b') + decodeURI('%20')
decodeURIComponent('%')
encodeURIComponent('\ud800')
encodeURIComponent()
Date.parse('1970-01-01T00:00:01Z') + Date.UTC(1970)
Date.now() % 10 + new Date().getTime() % 10 >= 0
new Date(5).getTime() + new Date(2020, 0).getMonth() + new Date(undefined).getTime()
typeof Date() + (new Date() instanceof Date) + new Date(0).constructor.name
(class extends Date {}).name + new (class D extends Date { x() { return this.getTime() } })(7).x()
Date.prototype.constructor === Date && Date.length
Object.prototype.toString.call(new Date())
new Function('a', 'b', 'return a + b')(1, 2)
Function('return 7')() + Function.length + Function.name
Function('(')
new Function() instanceof Function && (() => 1).constructor === Function
(async () => 1).constructor('return 1')() instanceof Promise
(function* () {}).constructor('yield 1')().next().value
Object.getPrototypeOf((function* () {}).constructor) === Function
Object.getPrototypeOf(class extends Function {}) === Function
new (class F extends Function { x() { return 1 } })('return 5').x()
eval('1 + 1') + eval(7) + eval.name + eval.length
eval('(')
(0, eval)('typeof globalThis')
new ArrayBuffer(8).byteLength + new ArrayBuffer(8).slice(2).byteLength
new ArrayBuffer(8).transfer(4).byteLength
ArrayBuffer(8)
new ArrayBuffer(-1)
ArrayBuffer.isView(new Uint8Array(1)) && new (class extends ArrayBuffer {})(3).byteLength
new Uint8Array(new ArrayBuffer(8, {})).length
(5.5).toLocaleString() + new Date(0).toLocaleDateString('en', { timeZone: 'UTC' })
`
  .trim()
  .split("\n");

function show(value, depth = 0) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value !== "object" || value === null || depth > 4) return String(value);
  const name = Object.prototype.toString.call(value);
  const parts = Reflect.ownKeys(value).map(
    (key) => `${String(key)}:${show(value[key], depth + 1)}`,
  );
  return `${name}{${parts.join()}}`;
}

function outcome(expression) {
  try {
    return show((0, eval)(expression));
  } catch (error) {
    return `throws ${error.name}`;
  }
}

function isConstructor(value) {
  try {
    Reflect.construct(Object, [], value);
    return true;
  } catch {
    return false;
  }
}

/** Every function below the global object: its name, length, attributes, and whether it is one. */
function shapes() {
  const lines = [];
  const seen = new Set();
  const visit = (holder, path) => {
    if (seen.has(holder)) return;
    seen.add(holder);
    for (const key of Reflect.ownKeys(holder)) {
      const own = Reflect.getOwnPropertyDescriptor(holder, key);
      const at = `${path}.${String(key)}`;
      const attributes = `${own.writable} ${own.enumerable} ${own.configurable}`;
      if (typeof own.value === "function") {
        const { name, length } = own.value;
        const hasPrototype = Object.hasOwn(own.value, "prototype");
        const isClass = isConstructor(own.value);
        lines.push(`${at} ${name} ${length} ${attributes} ${hasPrototype} ${isClass}`);
      } else lines.push(`${at} ${typeof own.value} ${attributes}`);
      if (own.value === globalThis || own.value === console) continue;
      if (typeof own.value === "function" || (typeof own.value === "object" && own.value)) {
        visit(own.value, at);
      }
    }
  };
  visit(globalThis, "");
  for (const f of [async () => {}, function* () {}, async function* () {}, Uint8Array]) {
    visit(Object.getPrototypeOf(f), f.constructor.name);
  }
  return lines;
}
