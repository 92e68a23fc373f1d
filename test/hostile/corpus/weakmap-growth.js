// WeakMap and Set without end
const kept = []; const m = new WeakMap(); const s = new Set(); for (;;) { const k = {}; kept.push(k); m.set(k, [k]); s.add(k); }
