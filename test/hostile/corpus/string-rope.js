// a rope of ropes, flattened again and again
let s = "ab"; for (let i = 0; i < 27; i++) s = s + s; for (;;) { const t = s + Math.random(); t.charCodeAt(2 ** 27); t.indexOf("zz"); }
