// a source nested a hundred thousand deep
// source: "return " + "[".repeat(1e5) + "]".repeat(1e5)

