// backtracking in a lookbehind, with unicode sets
/(?<=^(?:[\p{L}--[b]]+)+)!/v.test("a".repeat(40) + "?");
