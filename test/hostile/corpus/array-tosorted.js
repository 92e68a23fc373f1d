// copies of a large array by toSorted, toSpliced, with
let a = Array.from({ length: 3e5 }, (_, i) => -i); const kept = []; for (;;) kept.push(a.toSorted(), a.toSpliced(1, 1), a.with(0, 1));
