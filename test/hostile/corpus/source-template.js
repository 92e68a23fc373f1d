// a template nested in templates
// source: "return " + "`${".repeat(20000) + "1" + "}`".repeat(20000)

