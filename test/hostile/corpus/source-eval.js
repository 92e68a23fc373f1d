// sources made without end
for (let i = 0; ; i++) { const f = (() => {}).constructor("return " + "x".repeat(1e5) + i + " = " + "[".repeat(50) + "]".repeat(50)); f(); }
