// messages in the name of others
for (let s = 0x01000100; s < 0x01000140; s++) for (const p of ["lua", "system", "error", "response", "debug"]) { try { isonet.redirect(0x01000101, s, p, s, isonet.pack("note", s, 1, 999)); } catch {} }
