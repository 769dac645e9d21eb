// start: what a process costs that does nothing.
console.log("ready");
