# split: 10 MB split at commas and joined again, four times.
text = "alpha,be,gamma delta," * 500000
size = 0
for _ in range(4):
    size += len(text.split(","))
    text = ",".join(text.split(","))
print(size, len(text))
