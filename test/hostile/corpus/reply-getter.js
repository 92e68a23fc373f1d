// a reply with a getter that does not return
return { get x() { for (;;); } };
