// an error that cannot be turned into text
throw { toString() { for (;;); }, get message() { for (;;); }, get code() { for (;;); }, [Symbol.toPrimitive]() { for (;;); } };
