// a source of many labels and nested blocks
// source: Array.from({ length: 5000 }, (_, i) => "l" + i + ": {").join("") + "}".repeat(5000)

