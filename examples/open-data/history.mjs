// All closed days of all lines, with JavaScript. Usage: node history.mjs https://lines.water.example
import { gunzipSync } from "node:zlib";

const answer = await fetch(`${process.argv[2]}/data/all.csv.gz`);
const [head, ...rows] = gunzipSync(await answer.arrayBuffer()).toString().trim().split("\n").map((row) => row.split(","));
const history = rows.map((row) => Object.fromEntries(row.map((field, at) => [head[at], field])));

const days = history.filter((row) => row.line === "*" && row.measure === "attempts");
console.log(`${days.at(-1).date}: ${days.at(-1).value} contacts`);
