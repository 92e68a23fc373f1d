// copyWithin, reverse and indexOf over a sparse array of 2^32 - 1
const a = []; a.length = 2 ** 32 - 1; a[2 ** 31] = 1; a.indexOf(3); a.reverse(); a.copyWithin(0, 5);
