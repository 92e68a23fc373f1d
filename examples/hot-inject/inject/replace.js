// Puts another command in the place of one that is there: the next call gets it.
// isonet inject .counter examples/hot-inject/inject/replace.js

commands({
  count: () => {
    console.log("somebody asks for the count");
    return `${count}, in steps of ${step}`;
  },
});
print("count answers in words from here on");
