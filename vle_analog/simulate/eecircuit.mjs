// One deck in ngspice as WebAssembly: node eecircuit.mjs ENGINE DECK RAW
// ENGINE is the module of the npm package eecircuit-engine; the results go into RAW as ngspice would write them.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [engine, deck, raw] = process.argv.slice(2);
const { Simulation } = await import(pathToFileURL(engine));
const simulation = new Simulation();
await simulation.start();
console.log(simulation.getInitInfo());
if (deck === undefined) process.exit(0); // its version is asked for
simulation.setNetList(readFileSync(deck, "utf8"));
const result = await simulation.runSim(); // what it complains of goes to standard error
console.log(simulation.getInfo());
if (result.dataType !== "real") throw new Error(`results are ${result.dataType}`);
const columns = result.data, points = columns[0].values.length;
const names = columns.map((column, number) => `\t${number}\t${column.name}\t${column.type}\n`).join("");
const header = "Title: eecircuit-engine\nPlotname: Transient Analysis\nFlags: real\n"
    + `No. Variables: ${columns.length}\nNo. Points: ${points}\nVariables:\n${names}Binary:\n`;
const table = new Float64Array(points * columns.length);
columns.forEach((column, number) => column.values.forEach((value, point) => {
    table[point * columns.length + number] = value;
}));
writeFileSync(raw, Buffer.concat([Buffer.from(header), Buffer.from(table.buffer)]));
process.exit(0);
