// rejections that nobody handles, without end
for (;;) Promise.reject(new Error("unhandled"));
