// a module body without end
// phase: body
for (;;);
