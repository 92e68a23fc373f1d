// a start handler without end
// phase: body
isonet.start(() => { for (;;); });
