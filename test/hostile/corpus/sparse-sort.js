// sort of a sparse array of 2^32 - 1
const a = []; a.length = 2 ** 32 - 1; a[7] = 1; a.sort((x, y) => x - y);
