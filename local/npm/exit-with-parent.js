// Loaded before a node program: ends it when its standard input does, that is with the process that started it.
"use strict";

process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
process.stdin.resume();
// Waiting for that end is no reason to stay.
process.stdin.unref();
