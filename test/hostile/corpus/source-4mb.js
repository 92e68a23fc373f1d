// a source of nearly 4 MB
// source: "let x = 0;\n" + "x += 1; function f_() {}".replace("f_", "f") + "x = x + 1;\n".repeat(340000)

