// split: 10 MB split at commas and joined again, four times.
let text = "alpha,be,gamma delta,".repeat(500000);
let size = 0;
for (let i = 0; i < 4; i++) {
  size += text.split(",").length;
  text = text.split(",").join(",");
}
console.log(size, text.length);
