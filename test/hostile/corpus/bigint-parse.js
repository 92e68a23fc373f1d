// a BigInt of a long text
for (;;) BigInt("9".repeat(1e6));
