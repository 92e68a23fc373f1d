// Intl objects without end
const kept = []; for (let i = 0; ; i++) { kept.push(new Intl.DateTimeFormat("de", { timeZone: "Europe/Berlin" }), new Intl.Collator("sv"), new Intl.NumberFormat("th", { maximumFractionDigits: i % 20 }), new Intl.Segmenter("ja")); kept.at(-1).segment("x".repeat(1e5)); }
