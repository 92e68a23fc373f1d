// sort of a large typed array with a comparator that lies
const a = new Float64Array(2 ** 22).map((_, i) => i * 7919 % 104729); for (;;) a.sort(() => 1).reverse();
