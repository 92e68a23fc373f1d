// Array.from of a length that lies
Array.from({ length: 2 ** 32 - 1 });
