// decimal text of a BigInt of 2^25 bits
(1n << (1n << 25n)).toString();
