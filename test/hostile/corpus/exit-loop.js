// exit, again and again
for (;;) { try { isonet.exit(); } catch {} }
