// Imports a module in a fresh process and prints how long it took and how much memory it added.
const { module } = JSON.parse(process.argv[2]);
const before = process.memoryUsage.rss();
const start = performance.now();
await import(module);
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, mb: (process.memoryUsage.rss() - before) / 2 ** 20 }));
