// normalize of a text that grows eighteenfold
const s = "\uFDFA".repeat(2 ** 22); for (;;) s.normalize("NFKD");
