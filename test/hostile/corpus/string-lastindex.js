// lastIndexOf and includes with a needle that nearly fits
const s = "a".repeat(2 ** 22); const n = "a".repeat(2 ** 21) + "b"; for (;;) { s.lastIndexOf(n); s.includes(n); }
