// recursion that catches the end of the stack and goes on
function f() { try { f(); } catch { f(); } finally { f(); } } f();
