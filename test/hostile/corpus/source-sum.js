// an expression of half a million terms
// source: "return " + "1+".repeat(500000) + "1"

