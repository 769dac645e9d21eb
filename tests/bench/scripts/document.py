# document: JSON of 10 MB parsed and printed.
import json

one = '{"id":12345,"name":"Ola Nordmann","tags":["a","b",null,true],"ratio":0.125}'
text = "[" + one + ("," + one) * 129999 + "]"
value = json.loads(text)
printed = json.dumps(value, separators=(",", ":"))
print(len(text), len(value), len(printed))
