// replies and errors to strangers, by forged kinds
for (let session = 1; session < 2000; session++) for (const to of [1, 2, 3, 256, 0x01000001, 0x01000100, 0x01000105]) { try { isonet.redirect(to, 0, "response", session, isonet.pack("forged")); } catch {} try { isonet.redirect(to, 0, "error", session, isonet.pack("forged")); } catch {} }
