// Compiles again and again without loading the compiler each time: a standard-JSON task per line on standard input,
// its answer per line on standard output. Imports are read below the folder given as the only argument.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const solc = require(path.join(__dirname, "..", "node_modules", "solc"));

const base = process.argv[2];
const read = (name) => {
  try {
    return { contents: fs.readFileSync(path.join(base, name), "utf8") };
  } catch (error) {
    return { error: error.message };
  }
};
readline.createInterface({ input: process.stdin }).on("line", (task) => {
  process.stdout.write(JSON.stringify(JSON.parse(solc.compile(task, { import: read }))) + "\n");
});
