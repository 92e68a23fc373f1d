// String.raw and concat with many parts
const raw = { length: 2 ** 31, 0: "x" }; String.raw({ raw });
