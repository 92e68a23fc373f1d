// a thenable whose then does not return
return { then() { for (;;); } };
