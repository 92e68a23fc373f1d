// a module body that fills the heap
// phase: body
const a = []; for (;;) a.push({ a: [1, 2, 3] });
