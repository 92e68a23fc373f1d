// backtracking in matchAll
[...("a".repeat(40) + "!").matchAll(/(?<x>(a*)*)*c/g)];
