// typed arrays of gigabytes
const kept = []; for (;;) kept.push(new Float64Array(2 ** 31 - 1));
