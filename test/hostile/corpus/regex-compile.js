// a pattern that is huge itself
for (let i = 10; ; i *= 2) new RegExp("(".repeat(i) + "a{1,1000}".repeat(i) + ")".repeat(i)).test("a");
