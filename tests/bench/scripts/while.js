// while: a loop of 1e7 turns over local variables.
function run(n) {
  let i = 0;
  let sum = 0;
  while (i < n) {
    sum += i;
    i += 1;
  }
  return sum;
}

console.log(run(10000000));
