// document: JSON of 10 MB parsed and printed.
const one =
  '{"id":12345,"name":"Ola Nordmann","tags":["a","b",null,true],"ratio":0.125}';
const text = "[" + one + ("," + one).repeat(129999) + "]";
const value = JSON.parse(text);
const printed = JSON.stringify(value);
console.log(text.length, value.length, printed.length);
