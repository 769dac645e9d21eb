// sort: 1e6 pseudo-random ints made, sorted, checked.
function made(n) {
  const xs = [];
  let seed = 42n;
  for (let i = 0; i < n; i++) {
    seed = (seed * 1103515245n + 12345n) % 2147483648n;
    xs.push(Number(seed));
  }
  return xs;
}

const xs = made(1000000).sort((a, b) => a - b);
let i = 1;
while (i < 1000000 && xs[i - 1] <= xs[i]) i++;
console.log(i, xs[0], xs[xs.length - 1]);
