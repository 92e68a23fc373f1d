// apply with a length that lies
Reflect.apply(Math.max, null, { length: 2 ** 32 - 1 });
