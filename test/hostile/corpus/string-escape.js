// encodeURIComponent and escape of long texts
const s = "\u20ac".repeat(2 ** 24); for (;;) encodeURIComponent(s).length;
