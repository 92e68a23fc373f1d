// an error with a message of 100 MB
throw new Error("x".repeat(1e8));
