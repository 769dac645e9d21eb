// array: 1e6 elements pushed, read by index, iterated.
function run(n) {
  const xs = [];
  let i = 0;
  while (i < n) {
    xs.push(i * 2);
    i += 1;
  }
  let sum = 0;
  i = 0;
  while (i < n) {
    sum += xs[i];
    i += 1;
  }
  for (const x of xs) {
    sum += x;
  }
  return sum;
}

console.log(run(1000000));
