# regex: numbers marked and words found in 10 MB.
import re

text = "order 66 of 1977-05 for Ann, " * 345000
marked = re.sub(r"[0-9]+", r"<\g<0>>", text)
print(len(text), len(marked), len(re.findall(r"[A-Z][A-Za-z0-9_]+", text)))
