// a tower of classes
let C = class {}; for (let i = 0; i < 1e6; i++) { const B = C; C = class extends B { constructor() { super(); this["p" + i] = i; } }; } new C();
