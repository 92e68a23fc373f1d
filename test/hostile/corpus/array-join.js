// join of a sparse array with a long separator
const a = []; a.length = 2 ** 25; a.join("x".repeat(1000));
