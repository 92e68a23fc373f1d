// padStart to the longest string, many times
const kept = []; for (let i = 0; ; i++) { const s = "".padStart(2 ** 29 - 30, "ab" + i); kept.push(s.charCodeAt(2 ** 28), s); }
