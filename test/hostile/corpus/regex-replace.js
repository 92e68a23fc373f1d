// backtracking in replace
"a".repeat(40).replace(/(a|aa|a?)+$^/g, "");
