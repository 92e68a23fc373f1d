// a power that does not end
2n ** (2n ** 40n);
