// localeCompare and toLocaleUpperCase of long texts
const s = "ß".repeat(2 ** 22); for (;;) { s.toLocaleUpperCase("de"); s.localeCompare(s + "a", "de"); }
