// catch of whatever ends the turn
for (;;) { try { for (;;); } catch {} finally { continue; } }
