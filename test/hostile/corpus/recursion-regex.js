// recursion through the engine for regular expressions
"a".replace(/a/, function f() { return "a".replace(/a/, f); });
