// What `import "isonet"` finds outside a service: one clear sentence.
throw new Error(
  "isonet: this module exists only inside a service; a program that embeds a host imports " +
    '"isonet/host"',
);
