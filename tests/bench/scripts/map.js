// map: 1e5 string keys set, looked up, iterated.
function run(n) {
  const m = new Map();
  let i = 0;
  while (i < n) {
    m.set(`key${i}`, i);
    i += 1;
  }
  let sum = 0;
  i = 0;
  while (i < n) {
    sum += m.get(`key${i}`);
    i += 1;
  }
  for (const v of m.values()) {
    sum += v;
  }
  return sum;
}

console.log(run(100000));
