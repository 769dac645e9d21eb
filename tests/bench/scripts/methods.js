// methods: 1e6 calls of a method that reads and writes a field.
class Counter {
  constructor(start) {
    this.total = start;
  }

  add(n) {
    this.total = this.total + n;
    return this.total;
  }

  value() {
    return this.total;
  }
}

function run(n) {
  const counter = new Counter(0);
  let i = 0;
  while (i < n) {
    counter.add(i);
    i += 1;
  }
  return counter.value();
}

console.log(run(1000000));
