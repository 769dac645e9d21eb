// strings: 1e5 pieces appended to lines of 100, the lines joined to a text.
function run(n) {
  const lines = [];
  let line = "";
  let i = 0;
  while (i < n) {
    line = `${line}k${i},`;
    i += 1;
    if (i % 100 === 0) {
      lines.push(line);
      line = "";
    }
  }
  return lines.join("\n");
}

const text = run(100000);
console.log(`${text.length} ${text.slice(-7)}`);
