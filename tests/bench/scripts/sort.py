# sort: 1e6 pseudo-random ints made, sorted, checked.
def made(n):
    xs = []
    seed = 42
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % 2147483648
        xs.append(seed)
    return xs


xs = sorted(made(1000000))
i = 1
while i < 1000000 and xs[i - 1] <= xs[i]:
    i += 1
print(i, xs[0], xs[-1])
