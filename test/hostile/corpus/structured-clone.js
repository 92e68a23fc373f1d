// structuredClone of large things
const a = new Array(1e6).fill({ x: 1 }); for (;;) structuredClone(a);
