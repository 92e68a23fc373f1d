// callbacks of built-ins over a length that lies
Array.prototype.reduce.call({ length: 2 ** 53 - 1 }, (sum) => sum, 0);
