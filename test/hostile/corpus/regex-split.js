// backtracking in split
("a".repeat(40) + "!").split(/(?:a+)+b/);
