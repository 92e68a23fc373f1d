// a call with millions of arguments
Math.max(...new Array(2 ** 26).fill(1));
