// parsing of dates and locale texts of dates
for (let i = 0; ; i++) { Date.parse("Tue Mar 1 2022 ".repeat(1000) + i); new Date(i * 1e9).toLocaleString("ar-EG"); }
