// a state that cannot be exported
// phase: body
isonet.exportState(() => { for (;;); }); isonet.importState(() => { for (;;); });
